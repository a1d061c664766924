// What the first argument chooses. Settings never come from here: they are the environment's.
#pragma once

#include "app/exit_code.hpp"
#include "config/env.hpp"

#include <span>
#include <string_view>

namespace towline::app {

// `arguments` without the program's name; none means `up`.
ExitCode run_command(std::span<const std::string_view> arguments, const config::Env& env);

}  // namespace towline::app
