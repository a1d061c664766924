#include "text/utf8.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace towline::text {

namespace {

std::size_t count_within(std::string_view text, std::size_t from, char first, char last) {
  std::size_t at = from;
  while (at < text.size() && text[at] >= first && text[at] <= last) ++at;
  return at - from;
}

// What ends the strings of ECMA-48 (8.3.89 and others): ST, in two bytes or as C1, and xterm's BEL.
std::size_t behind_string(std::string_view text, std::size_t from) {
  std::size_t end = std::string_view::npos;
  for (const std::string_view terminator : {"\x1b\\", "\xc2\x9c", "\a"}) {
    const auto at = text.find(terminator, from);
    if (at != std::string_view::npos) end = std::min(end, at + terminator.size());
  }
  return end == std::string_view::npos ? from : end;
}

// The bytes of the escape sequence that `text` begins with; 0: it begins with none.
std::size_t escape_sequence(std::string_view text) {
  const bool c1 = text.starts_with("\xc2");  // U+0080 to U+009F stand for ESC and a letter
  if (text.size() < 2 || (!c1 && text[0] != '\x1b')) return 0;
  const char letter = c1 ? static_cast<char>(static_cast<unsigned char>(text[1]) - 0x40) : text[1];
  if (c1 && (letter < '@' || letter > '_')) return 0;
  if (letter == '[') {  // CSI: parameters, intermediates, one final byte
    auto end = 2 + count_within(text, 2, '0', '?');
    end += count_within(text, end, ' ', '/');
    return end + std::min<std::size_t>(count_within(text, end, '@', '~'), 1);
  }
  if (std::string_view("]PX^_").find(letter) != std::string_view::npos) return behind_string(text, 2);
  if (c1) return 2;
  const auto end = 1 + count_within(text, 1, ' ', '/');
  return end + std::min<std::size_t>(count_within(text, end, '0', '~'), 1);
}

bool separates(char32_t c) { return c == ' ' || (c >= '\t' && c <= '\r') || c == 0x2028 || c == 0x2029; }

// Marks that turn the direction of writing or take no place (Unicode 9.2 and UAX 9).
bool is_invisible(char32_t c) {
  return c == 0x061c || c == 0x200b || c == 0x200e || c == 0x200f || (c >= 0x202a && c <= 0x202e) ||
         (c >= 0x2060 && c <= 0x2069) || c == 0xfeff;
}

}  // namespace

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

std::string one_line(std::string_view text, std::size_t characters_max) {
  std::string line;
  std::size_t characters = 0;
  std::size_t last = 0;  // where the last character begins
  bool blank = false;
  while (!text.empty()) {
    if (const auto escape = escape_sequence(text); escape > 0) {
      text.remove_prefix(escape);
      continue;
    }
    const Utf8Step step = next_code_point(text);
    const auto shown = step.valid ? text.substr(0, step.length) : std::string_view("\xef\xbf\xbd");
    text.remove_prefix(step.length);
    if (step.valid && separates(step.code_point)) {
      blank = characters > 0;
    } else if (!step.valid || !(is_control(step.code_point) || is_invisible(step.code_point))) {
      characters += blank ? 2 : 1;
      if (characters > characters_max) return line.substr(0, last) + "…";
      if (std::exchange(blank, false)) line += ' ';
      last = line.size();
      line += shown;
    }
  }
  return line;
}

}  // namespace towline::text
