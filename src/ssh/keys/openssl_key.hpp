// SSH's public keys, private keys and signatures as OpenSSL's, and back. Pure.
#pragma once

#include "ssh/wire/message.hpp"

#include <cstdint>
#include <string_view>
#include <vector>

struct evp_pkey_st;

namespace towline::ssh {

// The key in the clear private half of an OpenSSH key file; the caller frees it. nullptr for a damaged one or
// a type that is not ours.
evp_pkey_st* openssl_key(Bytes private_half);

// The public half as it travels (RFC 4253, 6.6); empty for a type that SSH does not have.
std::vector<std::uint8_t> public_blob(const evp_pkey_st* key);

// The signature under ssh's name for the algorithm; empty where the key cannot make it.
std::vector<std::uint8_t> sign_with(evp_pkey_st* key, std::string_view algorithm, Bytes data);

}  // namespace towline::ssh
