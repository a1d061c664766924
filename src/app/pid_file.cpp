#include "app/pid_file.hpp"

#include "app/port_file.hpp"
#include "observe/failure_fields.hpp"

#include <unistd.h>
#include <utility>
#include <vector>

namespace towline::app {

PidFile::PidFile(std::string path, const observe::Log& log) : path_(std::move(path)) {
  if (path_.empty()) return;
  const auto written = replace_file(path_, std::to_string(::getpid()) + '\n');
  if (written) return;
  log.write(observe::Level::warn, "pid_file.failed", "the file of AUTOSSH_PIDFILE cannot be written",
            observe::FailureFields(
                {}, written.error(),
                "nothing needs it; choose a folder that this process may write to, or leave it out"));
  path_.clear();
}

PidFile::~PidFile() {
  if (!path_.empty()) ::unlink(path_.c_str());
}

}  // namespace towline::app
