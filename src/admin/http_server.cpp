#include "admin/http_server.hpp"

#include "observe/instant.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

#include <string>
#include <utility>

namespace towline::admin {

namespace beast = boost::beast;
namespace http = boost::beast::http;
using observe::Steady;

namespace {

using Stream = beast::basic_stream<asio::generic::stream_protocol>;
using Parser = http::request_parser<http::string_body>;

// Out of descriptors: accept() fails at once again and again; leave time for some to be closed.
constexpr std::chrono::milliseconds accept_pause{100};
// How long and how much a refused client may still send before it is cut off.
constexpr std::chrono::seconds linger_timeout{1};
constexpr int linger_reads_max = 16;

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
  if (ec == http::error::body_limit) return refuse(413, "the request body is too large");
  return refuse(400, "bad request");
}

// RFC 9112, 3.2: one Host, but for HTTP/1.0. A second one, or a second Origin, would hide from whoever judges
// by the first.
bool names_one_host(const Parser& parser) {
  const auto& request = parser.get();
  const auto hosts = request.count(http::field::host);
  return request.count(http::field::origin) <= 1 && (hosts == 1 || (hosts == 0 && request.version() < 11));
}

Request asked(const Parser& parser) {
  const auto& request = parser.get();
  return {.method = view(request.method_string()),
          .target = view(request.target()),
          .accept = view(request[http::field::accept]),
          .host = view(request[http::field::host]),
          .origin = view(request[http::field::origin]),
          .body = request.body()};
}

}  // namespace

struct HttpServer::Connection {
  Connection(asio::generic::stream_protocol::socket socket, const Limits& limits)
      : stream(std::move(socket)), buffer(2 * std::size_t{limits.header_bytes_max}) {}

  Stream stream;
  beast::flat_buffer buffer;
  std::chrono::milliseconds patience{};  // for the next request's first byte
  Exchange exchange;
  bool waiting = true;  // for the client, rather than being answered
  Steady::time_point heard = Steady::now();
};

HttpServer::HttpServer(const asio::any_io_executor& executor, const Limits& limits, Respond respond,
                       Answered answered, NotAccepted not_accepted)
    : executor_(executor),
      limits_(limits),
      respond_(std::move(respond)),
      answered_(answered ? std::move(answered) : Answered([](observe::HttpHandler, unsigned) {})),
      not_accepted_(std::move(not_accepted)),
      tasks_(executor) {}

HttpServer::~HttpServer() = default;

void HttpServer::serve(Acceptor acceptor) {
  acceptors_.push_back(std::move(acceptor));
  tasks_.spawn(accept(acceptors_.back()));
}

void HttpServer::stop() {
  stopping_ = true;
  tasks_.cancel();
  for (auto& connection : connections_) connection->stream.close();
}

Task<> HttpServer::accept(Acceptor& acceptor) {
  asio::steady_timer pause(executor_);
  while (!stopping_) {
    auto [ec, socket] = co_await acceptor.async_accept(as_result);
    if (stopping_) co_return;
    if (ec) {
      not_accepted_(ec);
      pause.expires_after(accept_pause);
      co_await pause.async_wait(as_result);
      continue;
    }
    make_room();
    if (connections_.size() > limits_.connections_max) continue;
    auto connection = std::make_unique<Connection>(std::move(socket), limits_);
    connection->patience = limits_.header_timeout;
    tasks_.spawn(run(connections_.insert(connections_.end(), std::move(connection))));
  }
}

// At the limit the client that has been silent longest gives way, so that idle or dawdling ones cannot lock
// out a probe. It leaves the list when its coroutine has noticed.
void HttpServer::make_room() {
  if (connections_.size() < limits_.connections_max) return;
  Connection* oldest = nullptr;
  for (auto& connection : connections_) {
    const bool candidate = connection->waiting && connection->stream.socket().is_open();
    if (candidate && (!oldest || connection->heard < oldest->heard)) oldest = connection.get();
  }
  if (oldest) oldest->stream.close();
}

Task<> HttpServer::run(Connections::iterator connection) {
  co_await converse(**connection);
  connections_.erase(connection);
}

Task<> HttpServer::converse(Connection& connection) {
  while (true) {
    connection.waiting = true;
    if (connection.buffer.size() == 0 && !co_await first_byte(connection)) co_return;
    connection.patience = limits_.idle_timeout;

    Parser parser;
    parser.header_limit(limits_.header_bytes_max);
    if (limits_.body_bytes_max > 0) parser.body_limit(limits_.body_bytes_max);
    connection.stream.expires_after(limits_.header_timeout);
    auto [ec, size] =
        co_await http::async_read_header(connection.stream, connection.buffer, parser, as_result);
    if (!ec && !parser.is_done() && limits_.body_bytes_max > 0) {
      std::tie(ec, size) = co_await http::async_read(connection.stream, connection.buffer, parser, as_result);
    }
    connection.heard = Steady::now();
    connection.waiting = false;
    if (ec == beast::error::timeout) answered_(observe::HttpHandler::other, 408);
    if (ec && !deserves_answer(ec)) co_return;

    Response response = refuse(413, "no request body is wanted here");
    connection.exchange = {};
    if (ec) {
      response = refusal(ec);
    } else {
      const auto& request = parser.get();
      const bool head = request.method() == http::verb::head;
      const bool whole = parser.is_done();
      const bool clear = names_one_host(parser);
      const bool reading = head || request.method() == http::verb::get;
      connection.exchange = {
          .version = request.version(), .keep_alive = whole && clear && request.keep_alive(), .head = head};
      if (!clear) {
        response = refuse(400, "a request has one Host header, and one Origin at most");
      } else if (whole || !reading) {
        response = respond_(asked(parser));
      }
    }
    if (!co_await answer(connection, std::move(response))) co_return;
    if (!connection.exchange.keep_alive) {
      co_await linger(connection);
      co_return;
    }
  }
}

Task<bool> HttpServer::first_byte(Connection& connection) {
  connection.stream.expires_after(connection.patience);
  const auto space = connection.buffer.prepare(limits_.header_bytes_max);
  auto [ec, size] = co_await connection.stream.async_read_some(space, as_result);
  connection.buffer.commit(size);
  co_return !ec;
}

Task<bool> HttpServer::answer(Connection& connection, Response response) {
  answered_(response.handler, response.status);
  connection.stream.expires_after(limits_.write_timeout);
  if (connection.exchange.head) {
    auto message = heading<http::empty_body>(response, connection.exchange);
    auto [ec, size] = co_await http::async_write(connection.stream, message, as_result);
    co_return !ec;
  }
  auto message = heading<http::string_body>(response, connection.exchange);
  message.body() = std::move(response.body);
  auto [ec, size] = co_await http::async_write(connection.stream, message, as_result);
  co_return !ec;
}

// Closing with unread data would reset the connection and could take the answer with it.
Task<> HttpServer::linger(Connection& connection) {
  error_code ignored;
  connection.stream.socket().shutdown(asio::socket_base::shutdown_send, ignored);
  connection.waiting = true;
  connection.stream.expires_after(linger_timeout);
  beast::flat_buffer buffer(limits_.header_bytes_max);
  for (int i = 0; i < linger_reads_max; ++i) {
    const auto space = buffer.prepare(limits_.header_bytes_max);
    auto [ec, size] = co_await connection.stream.async_read_some(space, as_result);
    if (ec) co_return;
  }
}

}  // namespace towline::admin
