#include "app/pid_file.hpp"

#include "app/port_file.hpp"
#include "observe/codes.hpp"

#include <unistd.h>
#include <utility>
#include <vector>

namespace towline::app {

PidFile::PidFile(std::string path, const observe::Log& log) : path_(std::move(path)) {
  if (path_.empty()) return;
  const auto written = replace_file(path_, std::to_string(::getpid()) + '\n');
  if (written) return;
  const auto message = written.error().message();
  std::vector<observe::Field> fields{{"err", message}};
  observe::add_codes(fields, written.error());
  fields.emplace_back("hint",
                      "nothing needs it; choose a folder that this process may write to, or leave it out");
  log.write(observe::Level::warn, "pid_file.failed", "the file of AUTOSSH_PIDFILE cannot be written", fields);
  path_.clear();
}

PidFile::~PidFile() {
  if (!path_.empty()) ::unlink(path_.c_str());
}

}  // namespace towline::app
