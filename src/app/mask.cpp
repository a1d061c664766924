#include "app/mask.hpp"

#include "config/fields.hpp"
#include "config/parse.hpp"

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>

namespace towline::app {

namespace {

// Fewer characters than this occur in ordinary text.
constexpr std::size_t recognisable = 4;

std::string_view next_line(std::string_view& rest) {
  const auto newline = std::min(rest.find('\n'), rest.size());
  const auto written_out = std::min(rest.find("\\n"), rest.size());
  const auto end = std::min(newline, written_out);
  auto line = rest.substr(0, end);
  rest.remove_prefix(std::min(rest.size(), end + (end == newline ? 1 : 2)));
  while (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  return line;
}

constexpr std::string_view add_mask = "::add-mask::";

// The data of a workflow command: percent-encoded where it would end the command.
void append_escaped(std::string& out, std::string_view text) {
  for (const char c : text) {
    if (c == '%') {
      out += "%25";
    } else if (c == '\r') {
      out += "%0D";
    } else if (c == '\n') {
      out += "%0A";
    } else {
      out += c;
    }
  }
}

std::vector<std::string_view> lines_of(std::string_view secret) {
  std::vector<std::string_view> lines;
  while (!secret.empty()) {
    const auto line = next_line(secret);
    if (!line.empty()) lines.push_back(line);
  }
  return lines;
}

}  // namespace

std::vector<std::string_view> secrets_in(const config::Env& env) {
  std::vector<std::string_view> secrets;
  for (const auto name : config::secret_names()) {
    if (const auto value = env.get(name)) secrets.push_back(*value);
  }
  return secrets;
}

text::Secret mask_lines(std::span<const std::string_view> secrets) {
  std::string out;
  std::size_t longest = 0;  // each character percent-encoded, on a line of its own
  for (const auto secret : secrets) longest += secret.size() * (3 + add_mask.size() + 1);
  out.reserve(longest);  // never moved: what it left behind would not be wiped
  for (const auto secret : secrets) {
    const auto lines = lines_of(secret);
    for (const auto line : lines) {
      const bool telling = line.size() >= recognisable && !line.starts_with("-----");
      if (lines.size() > 1 && !telling) continue;
      append_escaped(out.append(add_mask), line);
      out += '\n';
    }
  }
  return text::Secret(std::move(out));
}

text::Secret github_masks(const config::Env& env) {
  const auto format = config::trimmed(env.get("TOWLINE_LOG_FORMAT").value_or(""));
  if (!config::equal_ignoring_case(format, "github") || env.get("GITHUB_ACTIONS") != "true") return {};
  return mask_lines(secrets_in(env));
}

}  // namespace towline::app
