// What the first argument chooses. Settings never come from here: they are the environment's.
#pragma once

#include "config/env.hpp"
#include "exit_code.hpp"

#include <span>
#include <string_view>

namespace towline::app {

// `arguments` without the program's name; none means `up`. `up` and `run` forget the secrets in `env` once
// they are in the configuration.
ExitCode run_command(std::span<const std::string_view> arguments, config::Env env);

}  // namespace towline::app
