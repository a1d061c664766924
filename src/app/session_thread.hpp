// A thread with one io_context, on which one supervisor keeps its SSH session.
#pragma once

#include "config/config.hpp"
#include "observe/board.hpp"
#include "observe/log.hpp"
#include "observe/metrics.hpp"
#include "supervisor/supervisor.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <functional>
#include <optional>
#include <thread>

namespace towline::app {

namespace asio = boost::asio;

// What a forward says about itself on the board and in the metrics.
observe::ForwardTraits traits_of(const forward::ForwardSpec& spec, const config::Config& config);

// Built, started, released and joined by one thread, the owner's; stop() is for any.
class SessionThread {
 public:
  SessionThread(const config::Config& config, observe::Board& board, observe::Metrics& metrics,
                const observe::Log& log);
  ~SessionThread();
  SessionThread(const SessionThread&) = delete;
  SessionThread& operator=(const SessionThread&) = delete;

  // `ended` is called on this thread once there is no session left to keep; the loop itself turns on until
  // release().
  void start(std::function<void(supervisor::Ending)> ended);
  void stop();

  // The loop may end when it has nothing left to do.
  void release() { work_.reset(); }
  void join();

 private:
  supervisor::Supervisor make(const config::Config& config, observe::Board& board, observe::Metrics& metrics,
                              const observe::Log& log);

  asio::io_context context_{1};
  asio::executor_work_guard<asio::io_context::executor_type> work_;
  observe::Pulse& pulse_;
  supervisor::Supervisor supervisor_;
  std::thread thread_;
};

}  // namespace towline::app
