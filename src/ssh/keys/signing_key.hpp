// A private key that signs for us. Values; no file, no network.
#pragma once

#include "async/result.hpp"
#include "ssh/keys/host_key.hpp"
#include "ssh/wire/message.hpp"
#include "text/secret.hpp"
#include "text/secret_bytes.hpp"

#include <memory>
#include <string_view>
#include <vector>

struct evp_pkey_st;

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

 private:
  struct Free {
    void operator()(evp_pkey_st* key) const;
  };
  using Handle = std::unique_ptr<evp_pkey_st, Free>;

  SigningKey(Handle handle, HostKey public_key);
  static Handle from_pem(std::string_view text, std::string_view passphrase, Failure& failure);
  static Handle from_openssh(std::string_view text, std::string_view passphrase, Failure& failure);

  Handle handle_;
  HostKey public_key_;
};

}  // namespace towline::ssh
