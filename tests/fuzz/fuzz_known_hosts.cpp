// Any file may be mounted as known_hosts, and any blob may be shown as host key.
#include "expect.hpp"
#include "ssh/trust/known_hosts.hpp"

#include <array>

using namespace towline;
using namespace towline::fuzz;

namespace {

void look_up(const ssh::KnownHosts& known, const net::HostPort& where, const ssh::HostKey& key) {
  const auto found = known.lookup(where, key);
  require((found.verdict == ssh::HostKeyVerdict::mismatch) != found.expected.empty());
  (void)known.lookup_authority(where, key, key);
  (void)ssh::host_key_algorithms(known.key_types(where));
  (void)known.has_cert_authority(where);

  const auto again = ssh::KnownHosts::parse(ssh::known_hosts_line(where, key));
  if (!key.blob.empty()) require(again.lookup(where, key).verdict == ssh::HostKeyVerdict::match);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto known = ssh::KnownHosts::parse(text_of({data, size}));
  for (const auto& bad : known.bad_lines()) require(bad.line > 0 && !ssh::damage_text(bad).empty());

  ssh::HostKey key{"ssh-ed25519", {}};
  if (auto shown = ssh::parse_host_key({data, size})) key = *shown;
  for (const auto& where : std::array<net::HostPort, 2>{{{"example.com", 22}, {"::1", 2222}}})
    look_up(known, where, key);
  return 0;
}
