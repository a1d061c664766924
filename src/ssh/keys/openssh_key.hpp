// The private key file of OpenSSH (its PROTOCOL.key): the envelope, which shows the public half, and the
// private half, opened with the passphrase. Pure.
#pragma once

#include "async/result.hpp"
#include "text/secret_bytes.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace towline::ssh {

struct OpensshKeyFile {
  std::string cipher;  // "none" for a key without a passphrase
  std::string derivation;
  std::vector<std::uint8_t> salt;
  std::uint32_t rounds = 0;
  std::vector<std::uint8_t> public_key;  // as it travels; empty where the file is damaged
  text::SecretBytes private_half;        // as it is in the file
  std::vector<std::uint8_t> tag;         // what an authenticating cipher adds

  bool damaged() const { return public_key.empty(); }
  bool encrypted() const { return cipher != "none"; }
};

bool is_openssh_key(std::string_view pem);

// `pem` is an OpenSSH key file, line under line.
OpensshKeyFile parse_openssh_key(std::string_view pem);

// The private half in the clear, behind its two check numbers: type, fields, comment, padding. It takes the
// time that whoever made the file wanted it to take, some 100 ms. Errors: key_file_needs_passphrase,
// passphrase_wrong, key_file_invalid for an unknown encryption.
Result<text::SecretBytes> open_openssh_key(const OpensshKeyFile& file, std::string_view passphrase);

}  // namespace towline::ssh
