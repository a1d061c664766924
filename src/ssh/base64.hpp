// Base64 (RFC 4648 §4), as public keys, known_hosts and fingerprints use it. Not for secrets: nothing is
// wiped.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace towline::ssh {

std::string to_base64(std::span<const std::uint8_t> bytes);

// Strict: padded, no foreign character, no white space, no stray bits at the end.
std::optional<std::vector<std::uint8_t>> from_base64(std::string_view text);

}  // namespace towline::ssh
