#include "admin/server.hpp"

#include "admin/routes.hpp"
#include "async/task_group.hpp"
#include "net/listen.hpp"
#include "observe/board.hpp"
#include "observe/metrics.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>

#include <algorithm>
#include <list>
#include <string>
#include <thread>
#include <utility>

namespace towline::admin {

namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;
using observe::Steady;

namespace {

constexpr std::chrono::seconds resolve_timeout{5};
constexpr std::chrono::seconds review_interval{1};
// Out of descriptors: accept() fails at once again and again; leave time for some to be closed.
constexpr std::chrono::milliseconds accept_pause{100};
// How long and how much a refused client may still send before it is cut off.
constexpr std::chrono::seconds linger_timeout{1};
constexpr int linger_reads_max = 16;

struct Connection {
  explicit Connection(tcp::socket socket) : stream(std::move(socket)) {}

  beast::tcp_stream stream;
  bool waiting = true;  // for the client, rather than being answered
  Steady::time_point heard = Steady::now();
};

struct Exchange {
  unsigned version = 11;
  bool keep_alive = false;
  bool head = false;
};

template <class Body>
http::response<Body> heading(const Response& response, const Exchange& exchange) {
  http::response<Body> out;
  out.version(exchange.version);
  out.result(response.status);
  out.keep_alive(exchange.keep_alive);
  out.set(http::field::content_type, {response.content_type.data(), response.content_type.size()});
  for (const auto& [name, value] : response.headers) {
    out.set(beast::string_view(name.data(), name.size()), beast::string_view(value.data(), value.size()));
  }
  out.content_length(response.body.size());
  return out;
}

std::string_view view(beast::string_view text) { return {text.data(), text.size()}; }

// What was not HTTP is told so; a connection that ended, by the peer, the clock or us, is not.
bool deserves_answer(const error_code& ec) {
  const bool parser_said_so = ec.category() == http::make_error_code(http::error::bad_method).category();
  return parser_said_so && ec != http::error::end_of_stream && ec != http::error::partial_message;
}

Response refusal(const error_code& ec) {
  if (ec == http::error::header_limit || ec == http::error::buffer_overflow)
    return refuse(431, "header too large");
  return refuse(400, "bad request");
}

}  // namespace

class Server::Loop {
 public:
  Loop(observe::Board& board, observe::Metrics& metrics, const Limits& limits)
      : board_(board), metrics_(metrics), limits_(limits), tasks_(io_.get_executor()) {}

  Result<> bind(const net::HostPort& where);
  void run();
  void stop();
  std::uint16_t port() const { return listening_.port; }

 private:
  Task<> listen(net::HostPort where, Result<net::Listening>& result);
  Task<> accept(tcp::acceptor& acceptor);
  Task<> review();
  Task<> serve(std::list<Connection>::iterator connection);
  Task<> converse(Connection& connection);
  Task<bool> first_byte(Connection& connection, beast::flat_buffer& buffer,
                        std::chrono::milliseconds patience);
  Task<bool> answer(Connection& connection, Response response, Exchange exchange);
  Task<> linger(Connection& connection);
  void make_room();
  View look() const;

  observe::Board& board_;
  observe::Metrics& metrics_;
  Limits limits_;
  asio::io_context io_{1};
  TaskGroup tasks_;
  net::Resolver resolver_;
  net::Listening listening_;
  std::list<Connection> connections_;
  bool stopping_ = false;
  std::thread thread_;
};

Result<> Server::Loop::bind(const net::HostPort& where) {
  Result<net::Listening> result;
  tasks_.spawn(listen(where, result));
  io_.run();
  io_.restart();
  if (!result) return result.error();
  listening_ = std::move(*result);
  return {};
}

void Server::Loop::run() {
  for (tcp::acceptor& acceptor : listening_.acceptors) tasks_.spawn(accept(acceptor));
  tasks_.spawn(review());
  thread_ = std::thread([this] { io_.run(); });
}

void Server::Loop::stop() {
  if (!thread_.joinable()) return;
  asio::post(io_, [this] {
    stopping_ = true;
    tasks_.cancel();
    for (Connection& connection : connections_) connection.stream.close();
  });
  thread_.join();
}

Task<> Server::Loop::listen(net::HostPort where, Result<net::Listening>& result) {
  const auto deadline = Steady::now() + resolve_timeout;
  result = co_await net::listen(std::move(where), resolver_, deadline);
}

Task<> Server::Loop::accept(tcp::acceptor& acceptor) {
  asio::steady_timer pause(io_);
  while (!stopping_) {
    auto [ec, socket] = co_await acceptor.async_accept(as_result);
    if (stopping_) co_return;
    if (ec) {
      pause.expires_after(accept_pause);
      co_await pause.async_wait(as_result);
      continue;
    }
    make_room();
    if (connections_.size() > limits_.connections_max) continue;
    const auto connection = connections_.emplace(connections_.end(), std::move(socket));
    tasks_.spawn(serve(connection));
  }
}

// A deadline can pass without any session publishing it.
Task<> Server::Loop::review() {
  asio::steady_timer timer(io_);
  while (!stopping_) {
    board_.review();
    timer.expires_after(review_interval);
    co_await timer.async_wait(as_result);
  }
}

// At the limit the client that has been silent longest gives way, so that idle or dawdling ones cannot lock
// out a probe. It leaves the list when its coroutine has noticed.
void Server::Loop::make_room() {
  if (connections_.size() < limits_.connections_max) return;
  auto oldest = connections_.end();
  for (auto it = connections_.begin(); it != connections_.end(); ++it) {
    const bool candidate = it->waiting && it->stream.socket().is_open();
    if (candidate && (oldest == connections_.end() || it->heard < oldest->heard)) oldest = it;
  }
  if (oldest != connections_.end()) oldest->stream.close();
}

Task<> Server::Loop::serve(std::list<Connection>::iterator connection) {
  co_await converse(*connection);
  connections_.erase(connection);
}

Task<> Server::Loop::converse(Connection& connection) {
  beast::flat_buffer buffer(2 * std::size_t{limits_.header_bytes_max});
  auto patience = limits_.header_timeout;
  while (true) {
    connection.waiting = true;
    if (buffer.size() == 0 && !co_await first_byte(connection, buffer, patience)) co_return;
    patience = limits_.idle_timeout;

    http::request_parser<http::empty_body> parser;
    parser.header_limit(limits_.header_bytes_max);
    connection.stream.expires_after(limits_.header_timeout);
    auto [ec, size] = co_await http::async_read_header(connection.stream, buffer, parser, as_result);
    connection.heard = Steady::now();
    connection.waiting = false;
    if (ec == beast::error::timeout) metrics_.http_answered(observe::HttpHandler::other, 408);
    if (ec && !deserves_answer(ec)) co_return;

    Response response = refuse(413, "no request body is wanted here");
    Exchange exchange;
    if (ec) {
      response = refusal(ec);
    } else {
      const auto& request = parser.get();
      const bool head = request.method() == http::verb::head;
      const bool bodyless = parser.is_done();
      const bool reading = head || request.method() == http::verb::get;
      exchange = {.version = request.version(), .keep_alive = bodyless && request.keep_alive(), .head = head};
      if (bodyless || !reading) {
        const Request asked{.method = view(request.method_string()),
                            .target = view(request.target()),
                            .accept = view(request[http::field::accept])};
        response = respond(asked, look());
      }
    }
    const bool alive = co_await answer(connection, std::move(response), exchange);
    if (!alive) co_return;
    if (!exchange.keep_alive) {
      co_await linger(connection);
      co_return;
    }
  }
}

Task<bool> Server::Loop::first_byte(Connection& connection, beast::flat_buffer& buffer,
                                    std::chrono::milliseconds patience) {
  connection.stream.expires_after(patience);
  const auto space = buffer.prepare(limits_.header_bytes_max);
  auto [ec, size] = co_await connection.stream.async_read_some(space, as_result);
  buffer.commit(size);
  co_return !ec;
}

Task<bool> Server::Loop::answer(Connection& connection, Response response, Exchange exchange) {
  metrics_.http_answered(response.handler, response.status);
  connection.stream.expires_after(limits_.write_timeout);
  if (exchange.head) {
    auto message = heading<http::empty_body>(response, exchange);
    auto [ec, size] = co_await http::async_write(connection.stream, message, as_result);
    co_return !ec;
  }
  auto message = heading<http::string_body>(response, exchange);
  message.body() = std::move(response.body);
  auto [ec, size] = co_await http::async_write(connection.stream, message, as_result);
  co_return !ec;
}

// Closing with unread data would reset the connection and could take the answer with it.
Task<> Server::Loop::linger(Connection& connection) {
  error_code ignored;
  connection.stream.socket().shutdown(tcp::socket::shutdown_send, ignored);
  connection.waiting = true;
  connection.stream.expires_after(linger_timeout);
  beast::flat_buffer buffer(limits_.header_bytes_max);
  for (int i = 0; i < linger_reads_max; ++i) {
    const auto space = buffer.prepare(limits_.header_bytes_max);
    auto [ec, size] = co_await connection.stream.async_read_some(space, as_result);
    if (ec) co_return;
  }
}

View Server::Loop::look() const {
  View seen;
  seen.facts = board_.snapshot();
  seen.build = metrics_.build();
  for (const auto& forward : seen.facts.forwards) {
    const std::string& name = forward.traits->name;
    seen.totals.emplace(name, metrics_.forward(name).totals());
  }
  seen.metrics = [this, facts = seen.facts](observe::Exposition format) {
    return metrics_.expose(facts, format);
  };
  return seen;
}

Server::Server(Options options, observe::Board& board, observe::Metrics& metrics, Limits limits)
    : options_(std::move(options)), board_(board), metrics_(metrics), limits_(limits) {}

Server::~Server() { stop(); }

Result<> Server::start() {
  if (!options_.listen) return {};
  auto loop = std::make_unique<Loop>(board_, metrics_, limits_);
  if (auto bound = loop->bind(*options_.listen); !bound) return bound.error();
  loop_ = std::move(loop);
  loop_->run();
  return {};
}

void Server::stop() {
  if (!loop_) return;
  loop_->stop();
  loop_.reset();
}

std::uint16_t Server::port() const { return loop_ ? loop_->port() : 0; }

}  // namespace towline::admin
