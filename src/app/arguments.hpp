// The arguments of the commands that have some; pure.
#pragma once

#include <boost/system/result.hpp>

#include <chrono>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace towline::app {

using Arguments = std::span<const std::string_view>;

// What is wrong, as the end of "towline: …".
struct UsageError {
  std::string text;
};

template <class T>
using Usage = boost::system::result<T, UsageError>;

// How long run and wait have patience, unless they are told: longer than several attempts, shorter than any
// CI job. 0 = for ever.
constexpr std::chrono::seconds default_patience{60};

struct WaitArguments {
  std::chrono::seconds patience = default_patience;
};

// [--timeout DURATION]
Usage<WaitArguments> parse_wait_arguments(Arguments rest);

struct RunArguments {
  std::chrono::seconds patience = default_patience;
  std::vector<std::string> command;  // at least the program
};

// [--timeout DURATION] [--] CMD ARG…
Usage<RunArguments> parse_run_arguments(Arguments rest);

struct CheckArguments {
  bool json = false;
};

// [--json]
Usage<CheckArguments> parse_check_arguments(Arguments rest);

}  // namespace towline::app
