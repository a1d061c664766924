// AUTOSSH_PIDFILE: the number of this process, for as long as it runs.
#pragma once

#include "observe/log.hpp"

#include <string>

namespace towline::app {

// A file that cannot be written costs a line in the log, nothing else.
class PidFile {
 public:
  // An empty path: no file.
  PidFile(std::string path, const observe::Log& log);
  ~PidFile();
  PidFile(const PidFile&) = delete;
  PidFile& operator=(const PidFile&) = delete;

 private:
  std::string path_;  // empty when there is nothing to remove
};

}  // namespace towline::app
