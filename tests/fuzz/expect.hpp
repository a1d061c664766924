// What the fuzz targets hand to a parser, and what they demand of what it returns.
#pragma once

#include "text/utf8.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string_view>

namespace towline::fuzz {

using Bytes = std::span<const std::uint8_t>;

inline void require(bool holds) {
  if (!holds) std::abort();
}

inline std::string_view text_of(Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

inline Bytes bytes_of(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

// One line of UTF-8 without anything that a terminal obeys.
inline void require_one_line(std::string_view text) {
  while (!text.empty()) {
    const auto step = text::next_code_point(text);
    require(step.valid && !text::is_control(step.code_point));
    text.remove_prefix(step.length);
  }
}

}  // namespace towline::fuzz
