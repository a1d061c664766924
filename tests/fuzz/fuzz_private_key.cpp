// Any text may be given as a private key. Two kinds are left to others, for they take as long as whoever made
// the file wanted: encrypted ones of OpenSSH (fuzz_encrypted_key), and of PKCS#8 (OpenSSL's own).
#include "expect.hpp"
#include "ssh/keys/openssh_key.hpp"
#include "ssh/keys/private_key.hpp"

using namespace towline;
using namespace towline::fuzz;

namespace {

bool takes_its_time(std::string_view key) {
  if (ssh::is_openssh_key(key)) return ssh::parse_openssh_key(key).encrypted();
  return key.find("BEGIN ENCRYPTED") != std::string_view::npos;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto repaired = ssh::repair_private_key(text_of({data, size}));
  if (!repaired) {
    require_one_line(repaired.error().message());
    return 0;
  }
  const auto again = ssh::repair_private_key(repaired->reveal());
  require(again && again->reveal() == repaired->reveal());
  if (takes_its_time(repaired->reveal())) return 0;
  const auto key = ssh::SigningKey::parse(*repaired, "passphrase");
  if (key) {
    require(ssh::parse_host_key(key->public_key().blob) == key->public_key());
  } else {
    require(!key.error().message().empty());
  }
  return 0;
}
