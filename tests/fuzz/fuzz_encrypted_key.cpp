// An encrypted key file of OpenSSH with a passphrase that does not open it. It asks for one round of bcrypt,
// whatever the input says: some hundred runs a second, and no more rounds would find more.
#include "expect.hpp"
#include "ssh/keys/openssh_key.hpp"
#include "ssh/wire/error.hpp"

using namespace towline;
using namespace towline::fuzz;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto file = ssh::parse_openssh_key(text_of({data, size}));
  if (file.damaged() || !file.encrypted()) return -1;  // not for this corpus
  file.rounds = 1;
  const auto half = ssh::open_openssh_key(file, "passphrase");
  if (half) return 0;
  const auto code = half.error().code;
  require(code == ssh::errc::passphrase_wrong || code == ssh::errc::key_file_invalid);
  return 0;
}
