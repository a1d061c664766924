// What `up` and `run` have in common: the agent, the files and the control listener that tell of it, and the
// main thread's loop.
#pragma once

#include "app/agent.hpp"
#include "app/inbox.hpp"
#include "app/pid_file.hpp"
#include "app/port_file.hpp"
#include "app/systemd.hpp"
#include "app/url_file.hpp"
#include "async/side_thread.hpp"
#include "async/task_group.hpp"
#include "config/env.hpp"
#include "config/load.hpp"
#include "exit_code.hpp"
#include "observe/log.hpp"
#include "ssh/transport/client/library.hpp"

#include <boost/asio/io_context.hpp>

#include <span>
#include <string_view>
#include <utility>

namespace towline::app {

// Built, started and finished by the main thread, before any other thread exists.
class Daemon {
 public:
  // Writes the first lines of the log; `sandbox` is on, or off and why. `loaded` outlives the daemon.
  Daemon(const config::Loaded& loaded, const config::Env& env, const DescriptorShares& shares,
         std::string_view sandbox);

  // The last line is written, as far as stderr takes it.
  ~Daemon() { log_.flush(); }
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;

  // Starts the agent and turns the loop until `main` has ended, which hears of these signals and is to wait
  // for Inbox::ended; says why the agent ended. When the board's news is in the inbox the port file is
  // complete. Errors: a listener of ours cannot be bound, or no_thread; it has been logged.
  Result<supervisor::Ending> run(std::span<const int> signals, Task<> main);

  // While `main` runs: `task` belongs to it, and is cancelled when it ends.
  void accompany(Task<> task) { tasks_.spawn(std::move(task)); }

  // The last line of the log.
  ExitCode stopped(ExitCode code) const;

  Inbox& inbox() { return inbox_; }
  Agent& agent() { return agent_; }
  const PortFile& ports() const { return port_file_; }
  const observe::Log& log() const { return log_; }

 private:
  void connect();
  admin::ControlOrders orders();
  Task<> beat();
  Task<> run_to_end(Task<> main);

  const config::Loaded& loaded_;
  ssh::Library library_;
  observe::Log log_;
  asio::io_context loop_{1};
  Inbox inbox_{loop_};
  TaskGroup tasks_{loop_.get_executor()};
  SideThread files_;
  PidFile pid_file_;
  PortFile port_file_;
  UrlFile url_file_;
  Systemd systemd_;
  Agent agent_;
};

}  // namespace towline::app
