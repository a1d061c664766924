// SSH's keys and signatures as OpenSSL's, and back. Pure.
#pragma once

#include "ssh/keys/host_key.hpp"
#include "ssh/keys/key_type.hpp"
#include "ssh/wire/message.hpp"

#include <cstdint>
#include <memory>
#include <vector>

struct evp_pkey_st;

namespace towline::ssh {

struct FreeEvpKey {
  void operator()(evp_pkey_st* key) const;
};
using EvpKey = std::unique_ptr<evp_pkey_st, FreeEvpKey>;

// The key in the clear private half of an OpenSSH key file; nullptr for a damaged one or a type that is not
// ours.
EvpKey evp_key(Bytes private_half);

// The public half as it travels (RFC 4253, 6.6); empty for a type that SSH does not have.
std::vector<std::uint8_t> public_blob(const evp_pkey_st* key);

// The signature under ssh's name for the algorithm; empty where OpenSSL cannot make it.
std::vector<std::uint8_t> sign_with(evp_pkey_st* key, const SignatureAlgorithm& algorithm, Bytes data);

// Whether `signature` (RFC 4253 §6.6: an algorithm's name and what it made) is one over `data` by the owner
// of `key`. False for a damaged one, and for an algorithm that is not among our signature_algorithms.
bool is_signed_by(const HostKey& key, Bytes data, Bytes signature);

}  // namespace towline::ssh
