// Environment and arguments in, exit status out.
#include "app/commands.hpp"
#include "config/env.hpp"

#include <exception>
#include <iostream>
#include <string_view>
#include <sys/prctl.h>
#include <vector>

int main(int argc, char** argv) {
  using towline::app::ExitCode;
  ::prctl(PR_SET_DUMPABLE, 0);  // no core file ever holds a key
  try {
    const auto env = towline::config::Env::from_process();
    const std::vector<std::string_view> arguments(argv + (argc > 0 ? 1 : 0), argv + argc);
    return static_cast<int>(towline::app::run_command(arguments, env));
  } catch (const std::exception& bug) {
    std::cerr << "towline: internal error: " << bug.what() << '\n';
    return static_cast<int>(ExitCode::internal);
  }
}
