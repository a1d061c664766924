#include "app/arguments.hpp"

#include "config/parse.hpp"
#include "config/problem.hpp"

#include <optional>

namespace towline::app {

namespace {

constexpr std::string_view timeout_option = "--timeout";

UsageError unknown(std::string_view command, std::string_view word) {
  return {std::string(command) + " does not know " + config::quoted_value(word)};
}

// Takes "--timeout 60s" or "--timeout=60s" off the front; nothing when something else stands there.
Usage<std::optional<std::chrono::seconds>> take_timeout(Arguments& rest) {
  std::string_view value;
  if (rest.front().starts_with("--timeout=")) {
    value = rest.front().substr(timeout_option.size() + 1);
    rest = rest.subspan(1);
  } else if (rest.front() == timeout_option) {
    if (rest.size() < 2) return UsageError{"--timeout needs a duration, such as 60s"};
    value = rest[1];
    rest = rest.subspan(2);
  } else {
    return std::optional<std::chrono::seconds>{};
  }
  const auto duration = config::parse_duration(value);
  if (!duration) {
    return UsageError{"--timeout " + config::quoted_value(value) + ' ' + duration.error().wrong + "; " +
                      duration.error().right};
  }
  return std::optional(*duration);
}

}  // namespace

Usage<WaitArguments> parse_wait_arguments(Arguments rest) {
  WaitArguments arguments;
  while (!rest.empty()) {
    auto timeout = take_timeout(rest);
    if (!timeout) return timeout.error();
    if (!*timeout) return unknown("wait", rest.front());
    arguments.patience = **timeout;
  }
  return arguments;
}

Usage<RunArguments> parse_run_arguments(Arguments rest) {
  RunArguments arguments;
  while (!rest.empty() && rest.front().starts_with('-') && rest.front() != "--") {
    auto timeout = take_timeout(rest);
    if (!timeout) return timeout.error();
    if (!*timeout) return unknown("run", rest.front());
    arguments.patience = **timeout;
  }
  if (!rest.empty() && rest.front() == "--") rest = rest.subspan(1);
  if (rest.empty()) return UsageError{"run needs a program: towline run -- CMD ARG..."};
  arguments.command.assign(rest.begin(), rest.end());
  return arguments;
}

Usage<CheckArguments> parse_check_arguments(Arguments rest) {
  CheckArguments arguments;
  for (const auto word : rest) {
    if (word != "--json") return unknown("check", word);
    arguments.json = true;
  }
  return arguments;
}

}  // namespace towline::app
