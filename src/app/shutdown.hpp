// The orderly end: readiness is false at once, new connections are still taken for a while, then the agent
// stops.
#pragma once

#include "app/agent.hpp"
#include "observe/log.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <optional>
#include <string_view>

namespace towline::app {

// Lives on the main thread's loop.
class Shutdown {
 public:
  // `delay` is TOWLINE_SHUTDOWN_DELAY: load balancers learn of the 503 before connections are refused.
  Shutdown(asio::io_context& context, Agent& agent, std::chrono::milliseconds delay, const observe::Log& log);

  // `cause`: "SIGTERM", "quitquitquit" and the like. Idempotent.
  void begin(std::string_view cause);
  const std::optional<std::chrono::steady_clock::time_point>& begun() const { return begun_; }

 private:
  Agent& agent_;
  std::chrono::milliseconds delay_;
  observe::Log log_;
  asio::steady_timer timer_;
  std::optional<std::chrono::steady_clock::time_point> begun_;
};

}  // namespace towline::app
