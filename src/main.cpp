// Environment and arguments in, exit status out.
#include "app/commands.hpp"
#include "config/env.hpp"
#include "config/fields.hpp"
#include "observe/line_writer.hpp"

#include <exception>
#include <fcntl.h>
#include <string>
#include <string_view>
#include <sys/prctl.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace {

// Where 0, 1 or 2 is closed, what is opened next has its number, and log lines and answers of commands would
// be written to that.
void hold_standard_descriptors() {
  for (const int number : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    const bool open = ::fcntl(number, F_GETFD) >= 0;
    // The lowest number that is free. Without /dev one that takes nothing, and is taken all the same.
    if (!open && ::open("/dev/null", O_RDWR) < 0) ::open("/", O_PATH);
  }
}

}  // namespace

int main(int argc, char** argv) {
  using towline::ExitCode;
  using towline::observe::LineWriter;
  hold_standard_descriptors();
  ::prctl(PR_SET_DUMPABLE, 0);  // no core file ever holds a key
  try {
    auto env = towline::config::Env::take_process(towline::config::secret_names());
    const std::vector<std::string_view> arguments(argv + (argc > 0 ? 1 : 0), argv + argc);
    return static_cast<int>(towline::app::run_command(arguments, std::move(env)));
  } catch (const std::exception& bug) {
    LineWriter(STDERR_FILENO).write(std::string("towline: internal error: ") + bug.what() + '\n');
    return static_cast<int>(ExitCode::internal);
  }
}
