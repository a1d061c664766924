// A text into words as a shell does it, without its expansions. Pure.
#pragma once

#include "config/parse.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace towline::config {

// POSIX, "Shell Command Language" 2.2: blanks separate; '…' keeps everything; "…" keeps all but \" \\ \$ \`;
// a backslash elsewhere keeps the next character. A quotation mark that is not closed is a complaint.
Parsed<std::vector<std::string>> split_shell_words(std::string_view text);

// `text` as one word of such a text, in quotation marks where it needs them.
std::string shell_word(std::string_view text);

// The inside, when one pair of quotation marks stands around all of `text`: what the list form of a compose
// file leaves in a value (- X="a b").
std::optional<std::string_view> without_enclosing_quotes(std::string_view text);

}  // namespace towline::config
