// What `up` and `run` have in common: the agent, the files and the control listener that tell of it, and the
// main thread's loop.
#pragma once

#include "app/agent.hpp"
#include "app/pid_file.hpp"
#include "app/port_file.hpp"
#include "app/shutdown.hpp"
#include "app/systemd.hpp"
#include "async/side_thread.hpp"
#include "config/env.hpp"
#include "config/load.hpp"
#include "observe/log.hpp"
#include "ssh/transport/client/library.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <functional>
#include <string_view>
#include <utility>

namespace towline::app {

// Built, started and finished by the main thread, before any other thread exists.
class Daemon {
 public:
  // Writes the first lines of the log; `sandbox` is on, or off and why. `loaded` outlives the daemon.
  Daemon(const config::Loaded& loaded, const config::Env& env, const DescriptorShares& shares,
         std::chrono::milliseconds shutdown_delay, std::string_view sandbox);

  // The last line is written, as far as stderr takes it.
  ~Daemon() { log_.flush(); }
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;

  // `published` is called on a session's thread after each change on the board; the port file is complete by
  // the time that anybody sees the change. `ended` on a session's thread when no session is left. Errors: a
  // listener of ours cannot be bound, or no_thread; it has been logged.
  Result<> start(std::function<void()> published, std::function<void()> ended);

  // What /quitquitquit does on the main thread, where it is not Shutdown::begin(). Before start().
  void on_quit(std::function<void()> quit) { quit_ = std::move(quit); }

  // After `ended`.
  supervisor::Ending join() { return agent_.join(); }

  asio::io_context& context() { return context_; }
  Agent& agent() { return agent_; }
  Shutdown& shutdown() { return shutdown_; }
  const PortFile& ports() const { return port_file_; }
  const observe::Log& log() const { return log_; }

 private:
  admin::ControlOrders orders();
  void beat();

  const config::Loaded& loaded_;
  ssh::Library library_;
  observe::Log log_;
  asio::io_context context_{1};
  asio::executor_work_guard<asio::io_context::executor_type> work_;
  SideThread files_;
  PidFile pid_file_;
  PortFile port_file_;
  Systemd systemd_;
  asio::steady_timer systemd_beat_;
  Agent agent_;
  Shutdown shutdown_;
  std::function<void()> quit_;
};

}  // namespace towline::app
