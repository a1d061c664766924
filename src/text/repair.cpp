#include "text/repair.hpp"

#include "text/base64.hpp"

#include <algorithm>
#include <cctype>
#include <iterator>
#include <string>
#include <utility>

namespace towline::text {

namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
constexpr std::string_view space = " \t\r\n";
// Each layer of escaping doubles them; nobody has more than two. Without an end each backslash would look at
// all others.
constexpr std::size_t backslashes_max = 4;

}  // namespace

std::string_view unwrapped(std::string_view text) {
  if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
  const auto first = text.find_first_not_of(space);
  if (first == text.npos) return text;
  const auto last = text.find_last_not_of(space);
  const char quote = text[first];
  const bool quoted = last > first && (quote == '"' || quote == '\'') && text[last] == quote;
  return quoted ? text.substr(first + 1, last - first - 1) : text;
}

std::size_t written_break(std::string_view text) {
  const auto letter = text.substr(0, backslashes_max + 1).find_first_not_of('\\');
  const bool is_break = letter != text.npos && letter > 0 && (text[letter] == 'n' || text[letter] == 'r');
  return is_break ? letter + 1 : 0;
}

Secret decode_base64(std::string_view text) {
  std::string packed;
  packed.reserve(text.size());
  const auto is_space = [](unsigned char c) { return std::isspace(c) != 0; };
  std::ranges::remove_copy_if(text, std::back_inserter(packed), is_space);
  const auto bytes = secret_from_base64(Secret(std::move(packed)).reveal());
  return bytes ? Secret(std::string(bytes->begin(), bytes->end())) : Secret();
}

}  // namespace towline::text
