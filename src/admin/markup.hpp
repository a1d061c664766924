// Texts and numbers as HTML for people; pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace towline::admin {

// Safe as text and in a quoted attribute. What is not UTF-8, and what a terminal would obey, becomes U+FFFD;
// ends of lines become blanks.
std::string escaped(std::string_view text);

// No more than `limit` code points; what is cut shows as an ellipsis.
std::string shortened(std::string_view text, std::size_t limit);

// "1000 B", "5.0 MiB", "427 KiB": three digits are enough.
std::string bytes(double count);

// "1 forward", "2 forwards".
std::string counted(std::size_t count, std::string_view thing);

// A line of a <dl>; a wide one takes the room of two.
enum class Width { normal, wide };
std::string fact(std::string_view name, std::string_view value, Width width = Width::normal);

// Text in a colour of the page, with its dot.
std::string state(std::string_view colour, std::string_view words);

}  // namespace towline::admin
