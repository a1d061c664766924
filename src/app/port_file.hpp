// TOWLINE_PORT_FILE: tells other programs where the forwards listen.
#pragma once

#include "app/own_file.hpp"
#include "app/ports.hpp"
#include "async/side_thread.hpp"
#include "config/env.hpp"
#include "observe/log.hpp"

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
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

// Thread-safe. A file that cannot be written costs a line in the log, nothing else.
class PortFile {
 public:
  // A file that another run has left is removed. All is written and removed on `files`, which outlives this.
  PortFile(PortFilePaths paths, std::vector<std::string> forwards, const observe::Log& log,
           SideThread& files);
  ~PortFile();
  PortFile(const PortFile&) = delete;
  PortFile& operator=(const PortFile&) = delete;

  // Writes it, if it is news, and returns when that is done: whoever is told afterwards that the forward is
  // up finds its port. A file system that does not answer is waited for once, for a second. A forward that is
  // down for the moment keeps its port: here it is still bound, and of the server it will be asked for again.
  void learn(Port port);

  // It is not, or no longer, the forward's. What GitHub was told cannot be taken back.
  void forget(std::string_view forward);

  std::vector<Port> ports() const;

 private:
  struct Written;

  void wait_for_files();

  const std::vector<std::string> forwards_;  // in the order of the configuration
  observe::Log log_;
  mutable std::mutex mutex_;
  std::vector<Port> ports_;  // what was told
  std::shared_ptr<Written> written_;
  SideThread& files_;
  std::atomic<bool> late_{false};
};

}  // namespace towline::app
