// What load() finds: problems, which keep towline from starting, and warnings, which are logged.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace towline::config {

enum class ProblemKind { configuration, missing_file };  // exit codes 78 and 66

// One variable, what is wrong with it, in the manner of a Warning's text, and what would be right. Never
// holds the text of a secret.
struct Problem {
  ProblemKind kind = ProblemKind::configuration;
  std::string variable;
  std::string wrong;  // goes on behind the variable's name, or begins with it
  std::string right;
};

// Something that works, but perhaps not as meant. `variable` may list several, comma separated; `text` is
// made like `wrong`.
struct Warning {
  std::string variable;
  std::string text;
};

struct Findings {
  std::vector<Problem> problems;
  std::vector<Warning> warnings;

  void refuse(std::string_view variable, std::string wrong, std::string right);
  void warn(std::string_view variable, std::string text);

  bool has_problem_with(std::string_view variable) const;

  // missing_file only when nothing but files is wrong.
  ProblemKind kind() const;
};

// One line without a line end: `SSH_REMOTE_PORT: "ssh" is not a port; write a number from 1 to 65535`,
// `SSH_KEY is set, and so is SSH_KEY_FILE; keep one of them`. The first without what would be right.
std::string wrong_text(const Problem& problem);
std::string to_string(const Problem& problem);
std::string to_string(const Warning& warning);

// `text` as it may stand in one line: control characters escaped, cut after 80 bytes.
std::string printable(std::string_view text);

// printable(), or "***" for what may be a secret.
std::string unless_secret(std::string_view text);

// printable() between double quotes; one within is escaped.
std::string in_quotes(std::string_view text);

// unless_secret() between double quotes: how a problem names a text that was refused.
std::string quoted_value(std::string_view text);

// "a, b, c"
std::string joined(const std::vector<std::string>& words);

}  // namespace towline::config
