// What clients send to log in, signed with keys of ssh-keygen.
#pragma once

#include "ssh/auth/authentication_messages.hpp"
#include "ssh/keys/signing_key.hpp"
#include "ssh/wire/writer.hpp"
#include "unit/ssh/keys/keygen.hpp"

#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <vector>

namespace towline::ssh {

inline SigningKey signing_key(const Keygen& keygen, const std::string& name) {
  std::ifstream file(keygen.path(name));
  std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  return SigningKey::parse(text::Secret(std::move(text)), "").value();
}

// A request of publickey, whose parts may be wrong.
struct PublicKeyRequest {
  std::string user = "me";
  std::string method = "publickey";
  std::string algorithm = "ssh-ed25519";
  std::vector<std::uint8_t> key;
  std::optional<std::vector<std::uint8_t>> host_key{};
  std::string signature_algorithm = "ssh-ed25519";

  text::SecretBytes unsigned_message(bool with_signature = false) const {
    MessageWriter writer;
    writer.u8(50).string(user).string("ssh-connection").string(method).boolean(with_signature);
    writer.string(algorithm).bytes(key);
    if (host_key) writer.bytes(*host_key);
    return writer.take();
  }
  text::SecretBytes signed_message(const SigningKey& signer, Bytes session_id) const {
    const auto front = unsigned_message(true);
    MessageWriter covered;
    const auto signature =
        signer.sign(signature_algorithm, covered.bytes(session_id).raw(front).take()).value();
    MessageWriter writer;
    return writer.raw(front).bytes(signature).take();
  }
};

}  // namespace towline::ssh
