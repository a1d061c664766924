// What the signals of the process ask for.
#pragma once

#include "app/agent.hpp"
#include "observe/log.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

namespace towline::app {

// The first SIGTERM or SIGINT drains, the second ends the process at once; SIGHUP reloads, SIGUSR1 ends a
// wait. Lives on the main thread, so that a session loop that is stuck cannot keep the process alive.
class Signals {
 public:
  Signals(asio::io_context& context, Agent& agent, const observe::Log& log);

 private:
  void wait();
  void on_signal(int number);
  void on_end(int number);

  asio::signal_set set_;
  Agent& agent_;
  observe::Log log_;
  bool draining_ = false;
};

}  // namespace towline::app
