// The private half of an OpenSSH key file, in the clear: damaged, of a curve or size that nobody has, or of
// two keys.
#include "expect.hpp"
#include "ssh/keys/evp_key.hpp"
#include "ssh/keys/host_key.hpp"

#include <openssl/evp.h>

using namespace towline;
using namespace towline::fuzz;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto key = ssh::evp_key({data, size});
  if (!key) return 0;
  const auto blob = ssh::public_blob(key.get());
  // An RSA key of a size that SSH does not take is none; any other is one as it travels.
  if (EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_RSA) require(ssh::parse_host_key(blob).has_value());
  return 0;
}
