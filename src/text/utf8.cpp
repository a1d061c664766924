#include "text/utf8.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace towline::text {

namespace {

std::size_t count_within(std::string_view text, std::size_t from, char first, char last) {
  std::size_t at = from;
  while (at < text.size() && text[at] >= first && text[at] <= last) ++at;
  return at - from;
}

// Behind what ends a string of ECMA-48 (8.3.89 and others): ST, in two bytes or as C1, and xterm's BEL.
// Nothing where none does any more.
std::optional<std::size_t> behind_string(std::string_view text, std::size_t from) {
  constexpr std::string_view first_bytes = "\x1b\xc2\a";
  for (auto at = text.find_first_of(first_bytes, from); at != std::string_view::npos;
       at = text.find_first_of(first_bytes, at + 1)) {
    for (const std::string_view terminator : {"\x1b\\", "\xc2\x9c", "\a"})
      if (text.substr(at).starts_with(terminator)) return at + terminator.size();
  }
  return std::nullopt;
}

// Finds escape sequences in one text, from its front to its end.
class EscapeSequences {
 public:
  // The bytes of the one that the rest of the text begins with; 0: it begins with none.
  std::size_t at_front(std::string_view rest) {
    const bool c1 = rest.starts_with("\xc2");  // U+0080 to U+009F stand for ESC and a letter
    if (rest.size() < 2 || (!c1 && rest[0] != '\x1b')) return 0;
    const char letter = c1 ? static_cast<char>(static_cast<unsigned char>(rest[1]) - 0x40) : rest[1];
    if (c1 && (letter < '@' || letter > '_')) return 0;
    if (letter == '[') {  // CSI: parameters, intermediates, one final byte
      auto end = 2 + count_within(rest, 2, '0', '?');
      end += count_within(rest, end, ' ', '/');
      return end + std::min<std::size_t>(count_within(rest, end, '@', '~'), 1);
    }
    if (std::string_view("]PX^_").find(letter) != std::string_view::npos) return string(rest);
    if (c1) return 2;
    const auto end = 1 + count_within(rest, 1, ' ', '/');
    return end + std::min<std::size_t>(count_within(rest, end, '0', '~'), 1);
  }

 private:
  std::size_t string(std::string_view rest) {
    const auto end = endless_ ? std::nullopt : behind_string(rest, 2);
    endless_ = !end;
    return end.value_or(2);
  }

  bool endless_ = false;  // no string ends any more: to look again for each would take the square of the time
};

bool ends_line(char32_t c) { return c == 0x2028 || c == 0x2029; }

bool separates(char32_t c) { return c == ' ' || (c >= '\t' && c <= '\r') || ends_line(c); }

bool is_invisible(char32_t c) {
  return c == 0xad || c == 0x61c || c == 0x180e || (c >= 0x200b && c <= 0x200f) ||
         (c >= 0x202a && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) || c == 0xfeff ||
         (c >= 0xfff9 && c <= 0xfffb) || (c >= 0xe0000 && c <= 0xe007f);
}

constexpr std::size_t shown_max = 256;  // characters

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

bool is_unsafe(char32_t code_point) {
  return is_control(code_point) || ends_line(code_point) || is_invisible(code_point);
}

std::string shown(std::string_view text) { return one_line(text, shown_max); }

std::string one_line(std::string_view text, std::size_t characters_max) {
  std::string line;
  std::size_t characters = 0;
  std::size_t last = 0;  // where the last character begins
  bool blank = false;
  EscapeSequences escapes;
  while (!text.empty()) {
    if (const auto escape = escapes.at_front(text); escape > 0) {
      text.remove_prefix(escape);
      continue;
    }
    const Utf8Step step = next_code_point(text);
    const auto shown = step.valid ? text.substr(0, step.length) : std::string_view("\xef\xbf\xbd");
    text.remove_prefix(step.length);
    if (step.valid && separates(step.code_point)) {
      blank = characters > 0;
    } else if (!step.valid || !is_unsafe(step.code_point)) {
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
