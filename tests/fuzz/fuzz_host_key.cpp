// A server may show any blob as its key, and any text may stand where a public key belongs.
#include "expect.hpp"
#include "ssh/keys/host_key.hpp"

using namespace towline;
using namespace towline::fuzz;

namespace {

void expect_round_trip(const ssh::HostKey& key) {
  const auto text = ssh::to_string(key);
  const auto blank = text.find(' ');
  require(ssh::parse_host_key(std::string_view(text).substr(0, blank), text.substr(blank + 1)) == key);
  require(ssh::fingerprint(key).size() == std::string_view("SHA256:").size() + 43);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes bytes(data, size);
  if (const auto key = ssh::parse_host_key(bytes)) expect_round_trip(*key);
  const auto text = text_of(bytes);
  const auto type = text.substr(0, text.find(' '));
  if (const auto key = ssh::parse_host_key(type, text.substr(std::min(type.size() + 1, text.size()))))
    expect_round_trip(*key);
  return 0;
}
