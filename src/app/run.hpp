// `towline run -- CMD ARG…`: a program that has the tunnels for as long as it runs.
#pragma once

#include "app/arguments.hpp"
#include "app/child.hpp"
#include "app/witness.hpp"
#include "config/env.hpp"
#include "config/load.hpp"
#include "exit_code.hpp"

#include <span>

namespace towline::app {

// What is passed on to the program: everything that people and other programs send on purpose.
std::span<const int> signals_for_program();

// Starts the program once ready, passes on the signals that have not reached it already, and ends with its
// status (128+n when signal n ended it). 124: not ready in time; 125: towline failed, or host key or
// authentication were refused, before the program was started; 126 and 127: the program cannot be executed,
// is not there. A tunnel that is lost while the program runs is brought back, and the program is not told. It
// is given the secrets that are still in `env`. Call once, from the main thread, before any other thread
// exists.
ExitCode run(const config::Loaded& loaded, const config::Env& env, const RunArguments& arguments,
             const InheritedDescriptors& inherited, Witness& witness);

}  // namespace towline::app
