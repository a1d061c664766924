// authorized_keys as people paste it: repaired where the damage is harmless. Pure.
#pragma once

#include <string>
#include <string_view>

namespace towline::ssh {

// Takes blanks and one word off the front of a line; a word ends at a blank.
std::string_view take_word(std::string_view& line);

// Whether a word is how a type of keys or certificates is called, known here or not.
bool names_key_type(std::string_view word);

// The lines, each with "\n" at its end where it had one: without a byte order mark, quotes around everything,
// carriage returns, and one layer of base64 around the whole. A "\n" that is written out ends a line where
// the text has no other line break and something that begins a line comes behind it.
std::string repair_authorized_keys(std::string_view text);

}  // namespace towline::ssh
