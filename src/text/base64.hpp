// Base64 (RFC 4648 §4), as keys, known_hosts and fingerprints use it.
#pragma once

#include "text/secret_bytes.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace towline::text {

std::string to_base64(std::span<const std::uint8_t> bytes);

// Strict: padded, no foreign character, no white space, no stray bits at the end.
std::optional<std::vector<std::uint8_t>> from_base64(std::string_view text);
std::optional<SecretBytes> secret_from_base64(std::string_view text);

}  // namespace towline::text
