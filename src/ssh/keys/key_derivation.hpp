// The key derivation of OpenSSH's private key files, which libssh2 has inside and OpenSSL does not.
#pragma once

#include "text/secret_bytes.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace towline::ssh {

// bcrypt_pbkdf(3): `size` octets; empty for arguments it does not take. About 10 ms a round.
text::SecretBytes bcrypt_pbkdf(std::string_view passphrase, std::span<const std::uint8_t> salt,
                               std::uint32_t rounds, std::size_t size);

}  // namespace towline::ssh
