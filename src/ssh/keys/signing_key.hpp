// A private key that signs for us. Values; no file, no network.
#pragma once

#include "async/result.hpp"
#include "ssh/keys/evp_key.hpp"
#include "ssh/keys/host_key.hpp"
#include "ssh/wire/message.hpp"
#include "text/secret.hpp"

#include <string_view>
#include <utility>
#include <vector>

namespace towline::ssh {

// Ed25519, ECDSA (nistp256, 384, 521) and RSA, out of OpenSSH's format, PKCS#1, SEC 1 and PKCS#8. OpenSSL
// keeps the private half and wipes it.
class SigningKey {
 public:
  // `text` as repair_private_key() returns it. Errors: key_file_needs_passphrase, passphrase_wrong,
  // key_file_invalid.
  static Result<SigningKey> parse(const text::Secret& text, std::string_view passphrase);

  const HostKey& public_key() const { return public_key_; }

  // The signature as it travels (RFC 4253, 6.6), under "ssh-ed25519", "ecdsa-sha2-nistp256", "rsa-sha2-512",
  // … Errors: key_file_invalid where key and algorithm do not go together.
  Result<std::vector<std::uint8_t>> sign(std::string_view algorithm, Bytes data) const;

  // The whole key as PKCS#8, for a library that has to have it.
  text::Secret pem() const;

 private:
  SigningKey(EvpKey key, HostKey public_key) : key_(std::move(key)), public_key_(std::move(public_key)) {}

  EvpKey key_;
  HostKey public_key_;
};

}  // namespace towline::ssh
