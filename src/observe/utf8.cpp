#include "observe/utf8.hpp"

#include <array>

namespace towline::observe {

Utf8Step next_code_point(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return {lead, 1, true};

  std::size_t length = 0;
  char32_t value = 0;
  if ((lead & 0xe0) == 0xc0) {
    length = 2, value = lead & 0x1f;
  } else if ((lead & 0xf0) == 0xe0) {
    length = 3, value = lead & 0x0f;
  } else if ((lead & 0xf8) == 0xf0) {
    length = 4, value = lead & 0x07;
  } else {
    return {lead, 1, false};
  }
  if (text.size() < length) return {lead, 1, false};
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return {lead, 1, false};
    value = (value << 6) | (byte(i) & 0x3fU);
  }
  // RFC 3629 section 3: no overlong forms, no surrogates, nothing above U+10FFFF.
  static constexpr std::array<char32_t, 5> smallest{0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = value >= 0xd800 && value <= 0xdfff;
  if (value < smallest[length] || surrogate || value > 0x10ffff) return {lead, 1, false};
  return {value, length, true};
}

std::string valid_utf8(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const Utf8Step step = next_code_point(text);
    if (step.valid) {
      out.append(text.substr(0, step.length));
    } else {
      out.append("\xef\xbf\xbd");
    }
    text.remove_prefix(step.length);
  }
  return out;
}

}  // namespace towline::observe
