// Checks signatures made with the keys that SSH uses. Pure.
#pragma once

#include "ssh/keys/host_key.hpp"

#include <cstdint>
#include <span>

namespace towline::ssh {

// Whether `signature` (RFC 4253 §6.6: an algorithm's name and what it made) is one over `data` by the owner
// of `key`. False for a damaged one, and for any algorithm but ssh-ed25519 (RFC 8709), ecdsa-sha2-* (RFC
// 5656), rsa-sha2-256 and rsa-sha2-512 (RFC 8332): ssh-rsa is SHA-1, and security keys sign something else.
bool is_signed_by(const HostKey& key, std::span<const std::uint8_t> data,
                  std::span<const std::uint8_t> signature);

}  // namespace towline::ssh
