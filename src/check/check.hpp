// `towline check`: goes the way of a session once, step by step, and says what works and what does not.
#pragma once

#include "config/env.hpp"
#include "exit_code.hpp"

namespace towline::check {

// Prints the report to stdout. Changes nothing, and needs nothing of a towline that runs already. The exit
// status is that of the first failure: 66, 69, 73, 76, 77 or 78.
ExitCode check(const config::Env& env, bool json);

}  // namespace towline::check
