// AUTOSSH_PIDFILE: the number of this process, for as long as it runs.
#pragma once

#include "app/own_file.hpp"
#include "async/side_thread.hpp"
#include "observe/log.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace towline::app {

// A file that cannot be written costs a line in the log, nothing else.
class PidFile {
 public:
  // An empty path: no file. It is written and removed on `files`, which outlives this.
  PidFile(std::string path, const observe::Log& log, SideThread& files);
  ~PidFile();
  PidFile(const PidFile&) = delete;
  PidFile& operator=(const PidFile&) = delete;

 private:
  std::shared_ptr<OwnFile> file_;
  SideThread& files_;
};

// "1234\n", or nothing. Pure.
bool is_pid_line(std::string_view text);

}  // namespace towline::app
