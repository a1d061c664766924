// The server's part of a key exchange (curve25519-sha256 with ssh-ed25519, RFC 8731), for a target that has
// to know the keys: what is sealed with them gets past the ciphers and MACs of the client.
#pragma once

#include "expect.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace towline::fuzz {

// What one side has agreed to use; a cipher that authenticates by itself has no MAC.
struct Suite {
  std::string_view cipher;
  std::string_view mac;
};

// One for each way that a packet is opened.
constexpr std::array<Suite, 4> suites{{{"aes128-gcm@openssh.com", ""},
                                       {"chacha20-poly1305@openssh.com", ""},
                                       {"aes128-ctr", "hmac-sha2-256-etm@openssh.com"},
                                       {"aes128-ctr", "hmac-sha2-256"}}};

// RFC 4253, 7.2: of the way from the server to the client, as long as any suite needs them.
struct RecordKeys {
  std::string iv;
  std::string key;
  std::string mac;
};

// Seals what travels in one direction, record by record.
class Sealer {
 public:
  Sealer(const Suite& suite, const RecordKeys& keys) : suite_(suite), keys_(keys) {}

  // `packet` is padding length, payload and padding (RFC 4253, 6), whatever they are.
  std::string seal(const std::string& packet);
  // The same with padding as it should be.
  std::string seal_message(std::string_view message);

 private:
  std::string seal_gcm(const std::string& length, const std::string& packet);
  std::string seal_chacha(const std::string& length, const std::string& packet);
  std::string seal_ctr(const std::string& length, const std::string& packet);

  Suite suite_;
  RecordKeys keys_;
  std::uint32_t records_ = 0;
  std::uint64_t blocks_ = 0;  // of AES-CTR, that were used
};

class KeyedServer {
 public:
  static constexpr std::string_view identification = "SSH-2.0-keyed";

  explicit KeyedServer(const Suite& suite);

  const std::string& key_init() const { return key_init_; }  // SSH_MSG_KEXINIT
  // SSH_MSG_KEX_ECDH_REPLY to all that the client has said; then the keys are there.
  std::string key_reply(std::string_view client_said);
  const RecordKeys& keys() const { return keys_; }

 private:
  std::string key_init_;
  RecordKeys keys_;
};

}  // namespace towline::fuzz
