// Any file may be mounted as known_hosts, and any blob may be shown as host key.
#include "ssh/known_hosts.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

using namespace towline;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto known = ssh::KnownHosts::parse(text);

  ssh::HostKey key{"ssh-ed25519", {}};
  if (auto shown = ssh::parse_host_key({data, size})) key = *shown;
  for (const auto& where : {net::HostPort{"example.com", 22}, net::HostPort{"::1", 2222}}) {
    const auto found = known.lookup(where, key);
    if ((found.verdict == ssh::HostKeyVerdict::mismatch) == found.expected.empty()) std::abort();
    (void)ssh::host_key_algorithms(known.key_types(where));
    (void)known.has_cert_authority(where);

    const auto again = ssh::KnownHosts::parse(ssh::known_hosts_line(where, key));
    if (!key.blob.empty() && again.lookup(where, key).verdict != ssh::HostKeyVerdict::match) std::abort();
  }
  return 0;
}
