// The admin server: health, status and metrics over HTTP, and where it is wanted the control listener, on a
// thread of its own so that it can tell when a session loop is stuck.
#pragma once

#include "admin/control.hpp"
#include "admin/http_server.hpp"
#include "admin/options.hpp"
#include "async/result.hpp"
#include "observe/log.hpp"

#include <cstdint>
#include <memory>

namespace towline::observe {
class Board;
class Metrics;
}  // namespace towline::observe

namespace towline::admin {

// start() and stop() belong to one thread, the owner's. The board and the metrics outlive the server.
class Server {
 public:
  Server(Options options, observe::Board& board, observe::Metrics& metrics, const observe::Log& log,
         Limits limits = {});
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Opens the control listener too, from the next start() on. The orders are called on the server's thread.
  void take_orders(ControlOptions where, ControlOrders orders);

  // Binds, then serves until stop(). Errors are those of net::listen, with the address in the detail;
  // for the control listener also those of net::listen_unix, and access_denied for an address that others can
  // reach. Does nothing where the options say off.
  Result<> start();

  // Closes every connection and joins the thread; harmless when not started.
  void stop();

  // The ports it listens on; 0 where it does not.
  std::uint16_t port() const;
  std::uint16_t control_port() const;

 private:
  class Loop;

  Options options_;
  observe::Board& board_;
  observe::Metrics& metrics_;
  observe::Log log_;
  Limits limits_;
  ControlOptions control_;
  ControlOrders orders_;
  std::unique_ptr<Loop> loop_;
};

}  // namespace towline::admin
