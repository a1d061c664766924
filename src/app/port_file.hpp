// TOWLINE_PORT_FILE: tells other programs where the forwards listen.
#pragma once

#include "app/ports.hpp"
#include "async/result.hpp"
#include "config/env.hpp"
#include "observe/log.hpp"

#include <mutex>
#include <string>
#include <vector>

namespace towline::app {

// Where the ports are announced; empty: not there.
struct PortFilePaths {
  std::string file;           // replaced as a whole, removed at the end
  std::string github_output;  // appended to, as GitHub wants it; the last line of a name counts
  std::string github_env;
};

// `setting` is TOWLINE_PORT_FILE: a path, or "github" for the files that GITHUB_OUTPUT and GITHUB_ENV name.
PortFilePaths port_file_paths(const std::string& setting, const config::Env& env);

// Replaces a file so that a reader sees the old text or the new one. Errors: the system's, with the path.
Result<> replace_file(const std::string& path, std::string_view text);

// Thread-safe. A file that cannot be written costs a line in the log, nothing else.
class PortFile {
 public:
  // A file that another run has left is removed.
  PortFile(PortFilePaths paths, std::vector<std::string> forwards, const observe::Log& log);
  ~PortFile();
  PortFile(const PortFile&) = delete;
  PortFile& operator=(const PortFile&) = delete;

  // Writes it, if it is news. A forward that is down for the moment keeps its port: it asks for the same one
  // again.
  void learn(Port port);

  std::vector<Port> ports() const;

 private:
  void write(const Port& fresh);
  void tell(const Result<>& written);

  PortFilePaths paths_;
  std::vector<std::string> forwards_;  // in the order of the configuration
  observe::Log log_;
  mutable std::mutex mutex_;
  std::vector<Port> ports_;  // what was told
};

}  // namespace towline::app
