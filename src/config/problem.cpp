#include "config/problem.hpp"

#include "config/key_text.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace towline::config {

namespace {

constexpr std::size_t printable_bytes_max = 80;

bool is_continuation_byte(char byte) { return (static_cast<unsigned char>(byte) & 0xC0) == 0x80; }

// The longest start of `text` that fits and does not cut a UTF-8 character in two.
std::string_view shortened(std::string_view text) {
  if (text.size() <= printable_bytes_max) return text;
  std::size_t end = printable_bytes_max;
  while (end > 0 && is_continuation_byte(text[end])) --end;
  return text.substr(0, end);
}

// What goes on after the variable's name begins with one of these.
bool is_predicate(std::string_view text) {
  constexpr std::array<std::string_view, 12> verbs = {"is",      "has",    "holds", "sets",
                                                      "differs", "asks",   "names", "takes",
                                                      "leaves",  "begins", "needs", "repeats"};
  return std::ranges::find(verbs, text.substr(0, text.find(' '))) != verbs.end();
}

std::string said_of(const std::string& variable, const std::string& text) {
  if (variable.empty() || text.starts_with(variable)) return text;
  const bool one = variable.find(',') == std::string::npos;
  return variable + (one && is_predicate(text) ? " " : ": ") + text;
}

}  // namespace

void Findings::refuse(std::string_view variable, std::string wrong, std::string right) {
  problems.push_back({ProblemKind::configuration, std::string(variable), std::move(wrong), std::move(right)});
}

void Findings::warn(std::string_view variable, std::string text) {
  warnings.push_back({std::string(variable), std::move(text)});
}

bool Findings::has_problem_with(std::string_view variable) const {
  return std::ranges::any_of(problems, [&](const Problem& problem) { return problem.variable == variable; });
}

ProblemKind Findings::kind() const {
  const bool only_files = !problems.empty() && std::ranges::all_of(problems, [](const Problem& problem) {
    return problem.kind == ProblemKind::missing_file;
  });
  return only_files ? ProblemKind::missing_file : ProblemKind::configuration;
}

std::string to_string(const Problem& problem) { return wrong_text(problem) + "; " + problem.right; }

std::string wrong_text(const Problem& problem) { return said_of(problem.variable, problem.wrong); }

std::string to_string(const Warning& warning) { return said_of(warning.variable, warning.text); }

std::string printable(std::string_view text) {
  constexpr std::string_view hex = "0123456789abcdef";
  const auto shown = shortened(text);
  std::string out;
  for (const char c : shown) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\n') {
      out += "\\n";
    } else if (c == '\r') {
      out += "\\r";
    } else if (c == '\t') {
      out += "\\t";
    } else if (byte < 0x20 || byte == 0x7F) {
      out += {'\\', 'x', hex[byte >> 4], hex[byte & 15]};
    } else {
      out += c;
    }
  }
  if (shown.size() < text.size()) out += "...";
  return out;
}

std::string in_quotes(std::string_view text) {
  std::string out = "\"";
  for (const char c : printable(text)) {
    if (c == '"') out += '\\';
    out += c;
  }
  return out + '"';
}

std::string unless_secret(std::string_view text) { return may_be_secret(text) ? "***" : printable(text); }

std::string quoted_value(std::string_view text) { return in_quotes(may_be_secret(text) ? "***" : text); }

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const auto& word : words) {
    if (!out.empty()) out += ", ";
    out += word;
  }
  return out;
}

}  // namespace towline::config
