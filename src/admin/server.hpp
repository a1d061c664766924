// The admin server: health, status and metrics over HTTP, and where it is wanted the control listener, on a
// thread of its own so that it can tell when a session loop is stuck.
#pragma once

#include "admin/control.hpp"
#include "admin/door.hpp"
#include "admin/http_server.hpp"
#include "admin/options.hpp"
#include "admin/view.hpp"
#include "async/result.hpp"
#include "async/task_group.hpp"
#include "net/listen.hpp"
#include "net/resolve.hpp"
#include "net/unix_socket.hpp"
#include "observe/log.hpp"
#include "observe/traffic.hpp"

#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <thread>
#include <vector>

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

  // Opens the control listener too, before start(). The orders are called on the server's thread.
  void take_orders(ControlOptions where, ControlOrders orders);

  // Binds, then serves until stop(). Errors are those of net::listen, with the address in the detail;
  // for the control listener also those of net::listen_unix, and access_denied for an address that others can
  // reach. Does nothing where the options say off.
  Result<> start();

  // Closes every connection and joins the thread; harmless when not started.
  void stop();

  // The ports it listens on; 0 where it does not.
  std::uint16_t port() const { return health_.port; }
  std::uint16_t control_port() const { return control_.port; }

 private:
  struct Listener {
    HttpServer http;
    Door door{};
    std::vector<Acceptor> acceptors{};  // until they are served
    std::uint16_t port = 0;
  };

  Result<> bind(Listener& listener, const net::HostPort& where);
  Result<> bind_control();
  Task<> listen(net::HostPort where, Result<net::Listening>& result);
  Task<> review();
  Task<> watch_traffic();
  void not_accepted(const error_code& why);
  View look() const;

  Options options_;
  ControlOptions control_options_;
  ControlOrders orders_;
  observe::Board& board_;
  observe::Metrics& metrics_;
  observe::Log log_;
  observe::TrafficHistory traffic_;
  asio::io_context io_{1};
  TaskGroup tasks_;
  net::Resolver resolver_;
  Listener health_;
  Listener control_;
  net::SocketFile socket_file_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace towline::admin
