// Text from outside (a server's banner, an error message) made safe to show.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace towline::text {

// One step through UTF-8 text: the code point and how many bytes it took. Not valid: one byte, `valid` false.
struct Utf8Step {
  char32_t code_point = 0;
  std::size_t length = 1;
  bool valid = false;
};

// `text` must not be empty.
Utf8Step next_code_point(std::string_view text);

// The same text with every byte that is not UTF-8 replaced by U+FFFD.
std::string valid_utf8(std::string_view text);

// What a person would read of it, in one line of at most `characters_max` characters, the last of them "…"
// where there is more: without escape sequences (ECMA-48), other controls and marks that turn the direction
// of writing. Blanks and line breaks in a row are one blank; what is not UTF-8 becomes U+FFFD.
std::string one_line(std::string_view text, std::size_t characters_max);

// The same for a text of a peer, which may be of any length: at most 256 characters.
std::string shown(std::string_view text);

// What must not stand in a line as it is: controls, what ends a line or a paragraph, and marks that turn the
// direction of writing or take no place (Unicode 9.2, UAX 9).
bool is_unsafe(char32_t code_point);

// True for C0, DEL and C1: what a terminal would obey rather than show.
constexpr bool is_control(char32_t code_point) {
  return code_point < 0x20 || (code_point >= 0x7f && code_point <= 0x9f);
}

}  // namespace towline::text
