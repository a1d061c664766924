#include "app/mask.hpp"

#include "config/fields.hpp"
#include "config/parse.hpp"

#include <algorithm>
#include <cstddef>

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

// The data of a workflow command: percent-encoded where it would end the command.
std::string escaped(std::string_view text) {
  std::string out;
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
  return out;
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

std::vector<std::string> secrets_in(const config::Env& env) {
  std::vector<std::string> secrets;
  for (const auto& field : config::fields()) {
    if (!config::is_secret(field)) continue;
    for (const auto name : {field.name, field.alias}) {
      if (const auto value = env.get(name)) secrets.emplace_back(*value);
    }
  }
  return secrets;
}

std::string mask_lines(std::span<const std::string> secrets) {
  std::string out;
  for (const auto& secret : secrets) {
    const auto lines = lines_of(secret);
    for (const auto line : lines) {
      const bool telling = line.size() >= recognisable && !line.starts_with("-----");
      if (lines.size() == 1 || telling) out += "::add-mask::" + escaped(line) + '\n';
    }
  }
  return out;
}

std::string github_masks(const config::Env& env) {
  const auto format = config::trimmed(env.get("TOWLINE_LOG_FORMAT").value_or(""));
  if (!config::equal_ignoring_case(format, "github") || env.get("GITHUB_ACTIONS") != "true") return {};
  return mask_lines(secrets_in(env));
}

}  // namespace towline::app
