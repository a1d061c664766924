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

// HEAD is told of the body that GET would have.
http::response<http::string_body> message_of(Response response, const Exchange& exchange) {
  http::response<http::string_body> message;
  message.version(exchange.version);
  message.result(response.status);
  message.keep_alive(exchange.keep_alive);
  message.set(http::field::content_type, response.content_type);
  for (const auto& [name, value] : response.headers) message.set(name, value);
  message.content_length(response.body.size());
  if (!exchange.head) message.body() = std::move(response.body);
  return message;
}

std::string_view view(beast::string_view text) { return {text.data(), text.size()}; }

// What was not HTTP is told so; a connection that ended, by the peer, the clock or us, is not.
bool deserves_answer(const error_code& ec) {
  const bool parser_said_so = ec.category() == http::make_error_code(http::error::bad_method).category();
  return parser_said_so && ec != http::error::end_of_stream && ec != http::error::partial_message;
}

Response refusal(const error_code& ec) {
  if (ec == http::error::header_limit || ec == http::error::buffer_overflow)
    return say(431, "header too large");
  if (ec == http::error::body_limit) return say(413, "the request body is too large");
  return say(400, "bad request");
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

Task<error_code> read_request(Stream& stream, beast::flat_buffer& buffer, Parser& parser,
                              const Limits& limits) {
  parser.header_limit(limits.header_bytes_max);
  if (limits.body_bytes_max > 0) parser.body_limit(limits.body_bytes_max);
  auto [ec, size] = co_await http::async_read_header(stream, buffer, parser, as_result);
  if (!ec && !parser.is_done() && limits.body_bytes_max > 0)
    std::tie(ec, size) = co_await http::async_read(stream, buffer, parser, as_result);
  co_return ec;
}

Exchange exchange_of(const Parser& parser) {
  const auto& request = parser.get();
  return {.version = request.version(),
          .keep_alive = parser.is_done() && names_one_host(parser) && request.keep_alive(),
          .head = request.method() == http::verb::head};
}

// A body that was left unread matters to reading alone: anything else is refused for its method, or was read.
Response response_to(const Parser& parser, const HttpServer::Respond& respond) {
  const auto method = parser.get().method();
  const bool reading = method == http::verb::head || method == http::verb::get;
  if (!names_one_host(parser)) return say(400, "a request has one Host header, and one Origin at most");
  if (reading && !parser.is_done()) return say(413, "no request body is wanted here");
  return respond(asked(parser));
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
  for (auto& acceptor : acceptors_) acceptor.close();
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
  do {
    connection.waiting = true;
    if (connection.buffer.size() == 0 && !co_await first_byte(connection)) co_return;
    connection.patience = limits_.idle_timeout;
    Parser parser;
    connection.stream.expires_after(limits_.header_timeout);
    const auto ec = co_await read_request(connection.stream, connection.buffer, parser, limits_);
    connection.heard = Steady::now();
    connection.waiting = false;
    if (ec == beast::error::timeout) answered_(observe::HttpHandler::other, 408);
    if (ec && !deserves_answer(ec)) co_return;
    connection.exchange = ec ? Exchange{} : exchange_of(parser);
    auto response = ec ? refusal(ec) : response_to(parser, respond_);
    if (!co_await answer(connection, std::move(response))) co_return;
  } while (connection.exchange.keep_alive);
  co_await linger(connection);
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
  const auto message = message_of(std::move(response), connection.exchange);
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
