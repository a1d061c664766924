// `towline up`: everything is built here once, run, and joined.
#pragma once

#include "config/env.hpp"
#include "config/load.hpp"
#include "exit_code.hpp"
#include "supervisor/supervisor.hpp"

namespace towline::app {

// Blocks until a signal ends it, or until there is no point in going on. Call once, from the main thread,
// before any other thread exists.
ExitCode up(const config::Loaded& loaded, const config::Env& env);

// The exit status of an agent that has ended. Pure.
ExitCode exit_code_of(supervisor::Ending ending);

}  // namespace towline::app
