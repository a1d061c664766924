#include "ssh/auth/server/authorized_keys_repair.hpp"

#include "ssh/auth/server/key_options.hpp"
#include "text/repair.hpp"
#include "text/secret.hpp"

#include <algorithm>
#include <array>

namespace towline::ssh {

namespace {

constexpr std::string_view line_blanks = " \t";
// Longer than the options and the type of any line that begins behind a written-out break.
constexpr std::size_t line_ahead = 4'096;

// The part of a line that is not its comment, where quotes count: options, if there are any.
std::size_t front_of_line(std::string_view line) {
  auto rest = line;
  const auto word = take_word(rest);
  if (word.empty() || word.starts_with('#') || names_key_type(word) || text::written_break(word) > 0)
    return 0;
  const auto blanks =
      line.size() - line.substr(std::min(line.find_first_not_of(line_blanks), line.size())).size();
  return blanks + options_length(line.substr(blanks)).value_or(0);
}

bool begins_key_line(std::string_view text) {
  text = text.substr(0, line_ahead);
  auto rest = text;
  const auto word = take_word(rest);
  if (word.empty() || word.starts_with('#') || names_key_type(word) || text::written_break(word) > 0)
    return true;
  rest = text.substr(front_of_line(text));
  return names_key_type(take_word(rest));
}

std::string with_written_breaks(std::string_view text) {
  std::string lines;
  while (!text.empty()) {
    std::size_t end = front_of_line(text);
    std::size_t length = 0;
    for (; end < text.size(); ++end) {
      length = text[end] == '\\' ? text::written_break(text.substr(end)) : 0;
      if (length > 0 && begins_key_line(text.substr(end + length))) break;
      length = 0;
    }
    lines.append(text.substr(0, end));
    if (end < text.size()) lines += '\n';
    text.remove_prefix(std::min(end + length, text.size()));
  }
  return lines;
}

bool has_key_type(std::string_view text) {
  constexpr std::array<std::string_view, 3> types{"ssh-", "ecdsa-sha2-", "sk-"};
  return std::ranges::any_of(types, [&](auto type) { return text.find(type) != text.npos; });
}

}  // namespace

std::string_view take_word(std::string_view& line) {
  line.remove_prefix(std::min(line.find_first_not_of(line_blanks), line.size()));
  const auto word = line.substr(0, line.find_first_of(line_blanks));
  line.remove_prefix(word.size());
  return word;
}

bool names_key_type(std::string_view word) {
  constexpr std::array<std::string_view, 5> families{"ssh-", "ecdsa-sha2-", "sk-ssh-", "sk-ecdsa-",
                                                     "rsa-sha2-"};
  return std::ranges::any_of(families, [word](auto family) { return word.starts_with(family); });
}

std::string repair_authorized_keys(std::string_view raw) {
  auto text = text::unwrapped(raw);
  const text::Secret decoded = text::decode_base64(text);
  if (has_key_type(decoded.reveal())) text = text::unwrapped(decoded.reveal());
  std::string lines;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '\r')
      lines += text[at];
    else if (!text.substr(at + 1).starts_with('\n'))
      lines += '\n';
  }
  const auto first_break = lines.find('\n');
  const bool one_line = lines.find_first_not_of(" \t\n", std::min(first_break, lines.size())) == lines.npos;
  return one_line ? with_written_breaks(lines) : lines;
}

}  // namespace towline::ssh
