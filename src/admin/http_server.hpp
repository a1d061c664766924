// HTTP/1.1 on listeners that are already bound: bounded in size, time and number of connections. What is
// answered is somebody else's business.
#pragma once

#include "admin/router.hpp"
#include "async/task_group.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/generic/stream_protocol.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>

namespace towline::admin {

// What a client may cost us.
struct Limits {
  std::chrono::milliseconds header_timeout{5'000};  // and that of a body
  std::chrono::milliseconds idle_timeout{
      65'000};  // between requests; Prometheus' scrape_interval is 1 min by default
  std::chrono::milliseconds write_timeout{10'000};
  std::size_t connections_max = 64;  // one more, and the one that was silent longest is closed
  std::uint32_t header_bytes_max = 8'192;
  std::uint64_t body_bytes_max = 0;  // 0: a body is never read
};

// TCP or unix.
using Acceptor = asio::basic_socket_acceptor<asio::generic::stream_protocol>;

// Not thread-safe; everything on one io_context.
class HttpServer {
 public:
  using Respond = std::function<Response(const Request&)>;
  // Once for each answer; may be empty.
  using Answered = std::function<void(observe::HttpHandler, unsigned status)>;
  // For each client that could not be accepted; it is tried again.
  using NotAccepted = std::function<void(const error_code&)>;

  HttpServer(const asio::any_io_executor& executor, const Limits& limits, Respond respond, Answered answered,
             NotAccepted not_accepted);
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  // Serves what arrives at `acceptor`, until stop().
  void serve(Acceptor acceptor);

  // Closes listeners and connections; the io_context has nothing left to do for this server then. Call it on
  // the loop.
  void stop();

 private:
  struct Connection;
  using Connections = std::list<std::unique_ptr<Connection>>;

  Task<> accept(Acceptor& acceptor);
  Task<> run(Connections::iterator connection);
  Task<> converse(Connection& connection);
  Task<bool> first_byte(Connection& connection);
  Task<bool> answer(Connection& connection, Response response);
  Task<> linger(Connection& connection);
  void make_room();

  asio::any_io_executor executor_;
  Limits limits_;
  Respond respond_;
  Answered answered_;
  NotAccepted not_accepted_;
  TaskGroup tasks_;
  std::list<Acceptor> acceptors_;
  Connections connections_;
  bool stopping_ = false;
};

}  // namespace towline::admin
