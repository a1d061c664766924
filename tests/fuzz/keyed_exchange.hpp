// A key exchange (curve25519-sha256 with ssh-ed25519, RFC 8731) of a peer that has the same keys in each run,
// for a target that has to know what they make: what is sealed with that gets past the ciphers and MACs of
// ours.
#pragma once

#include "expect.hpp"
#include "ssh/keys/openssl_ptr.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

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

// RFC 4253, 7.2: of one way, as long as any suite needs them.
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

using FixedKey = ssh::OpensslPtr<EVP_PKEY, EVP_PKEY_free>;

FixedKey host_key();
FixedKey ephemeral_key();
std::string half_of(const FixedKey& key);
std::string named_key(std::string_view bytes);  // an Ed25519 key as it travels (RFC 8709, 4)
std::string signature_by(const FixedKey& key, std::string_view text);
std::string secret_with(const FixedKey& ours, std::string_view theirs);  // an mpint

// SSH_MSG_KEXINIT
std::string key_init_message(const Suite& suite);

// What both sides have seen; the secret as an mpint.
struct Exchanged {
  std::string client_identification;
  std::string server_identification;
  std::string client_init;
  std::string server_init;
  std::string host_key;
  std::string client_half;
  std::string server_half;
  std::string secret;
};
std::string hash_of(const Exchanged& all);
RecordKeys record_keys(const std::string& secret, const std::string& hash, bool of_server);

// The payload of the packet in the clear that `said` begins with, which goes.
std::string take_packet(std::string_view& said);

}  // namespace towline::fuzz
