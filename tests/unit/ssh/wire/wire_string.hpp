// RFC 4251, 5: a string as it travels, its length before it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace towline::ssh {

inline std::string wire_string(std::string_view text) {
  const auto size = static_cast<std::uint32_t>(text.size());
  std::string out;
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(size >> shift & 255);
  return out += text;
}

}  // namespace towline::ssh
