// What the signals of the process ask for.
#pragma once

#include "app/agent.hpp"
#include "app/shutdown.hpp"
#include "observe/log.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

namespace towline::app {

// The first SIGTERM or SIGINT begins the shutdown, a later one (stop_request.hpp) ends the process at once;
// SIGHUP reloads, SIGUSR1 makes every session anew, as autossh's does. Lives on the main thread, so that a
// session loop that is stuck cannot keep the process alive.
class Signals {
 public:
  Signals(asio::io_context& context, Agent& agent, Shutdown& shutdown, const observe::Log& log);

 private:
  void wait();
  void on_signal(int number);
  void on_end(int number);

  asio::signal_set set_;
  Agent& agent_;
  Shutdown& shutdown_;
  observe::Log log_;
};

}  // namespace towline::app
