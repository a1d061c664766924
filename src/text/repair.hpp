// What editors, shells, YAML and CI variables do to a text of lines, and how it is undone. Pure.
#pragma once

#include "text/secret.hpp"

#include <cstddef>
#include <string_view>

namespace towline::text {

// Without a byte order mark in front, and without one pair of quotes around everything.
std::string_view unwrapped(std::string_view text);

// How many characters at the front of `text` are a line break that is written out: "\n", "\r", and the same
// escaped once or twice more ("\\n"); 0 for none.
std::size_t written_break(std::string_view text);

// The bytes, or nothing if `text` is not base64 through and through; blanks and line breaks do not count.
Secret decode_base64(std::string_view text);

}  // namespace towline::text
