#include "ssh/keys/key_derivation.hpp"

#include <libssh2_packet.h>

namespace towline::ssh {

text::SecretBytes bcrypt_pbkdf(std::string_view passphrase, std::span<const std::uint8_t> salt,
                               std::uint32_t rounds, std::size_t size) {
  text::SecretBytes key(size);
  const int rc = libssh2_packet_bcrypt_pbkdf(passphrase.data(), passphrase.size(), salt.data(), salt.size(),
                                             key.data(), key.size(), rounds);
  return rc == 0 ? std::move(key) : text::SecretBytes{};
}

}  // namespace towline::ssh
