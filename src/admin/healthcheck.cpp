#include "admin/healthcheck.hpp"

#include "async/task_group.hpp"
#include "net/connect.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>

#include <utility>

namespace towline::admin {

namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;

constexpr std::uint64_t answer_bytes_max = 262'144;

Task<Result<tcp::socket>> reach(net::HostPort listen, const net::Resolver& resolver, net::Deadline deadline) {
  const auto port = listen.port;
  if (listen.host.empty()) {
    net::Endpoints loopback{{asio::ip::address_v4::loopback(), port},
                            {asio::ip::address_v6::loopback(), port}};
    co_return co_await net::connect(std::move(loopback), deadline);
  }
  error_code not_an_address;
  const auto address = asio::ip::make_address(listen.host, not_an_address);
  if (!not_an_address && address.is_unspecified()) listen.host = address.is_v4() ? "127.0.0.1" : "::1";
  co_return co_await net::connect(std::move(listen), resolver, deadline);
}

Task<Result<Readiness>> converse(tcp::socket socket, std::string host, net::Deadline deadline) {
  beast::tcp_stream stream(std::move(socket));
  stream.expires_at(deadline);

  http::request<http::empty_body> request(http::verb::get, "/readyz?verbose", 11);
  request.set(http::field::host, host);
  request.keep_alive(false);
  auto [write_error, written] = co_await http::async_write(stream, request, as_result);
  if (write_error) co_return write_error;

  beast::flat_buffer buffer;
  http::response_parser<http::string_body> parser;
  parser.body_limit(answer_bytes_max);
  auto [read_error, read] = co_await http::async_read(stream, buffer, parser, as_result);
  if (read_error) co_return read_error;
  co_return Readiness{.ready = parser.get().result() == http::status::ok, .text = parser.get().body()};
}

Task<> ask(net::HostPort listen, net::Deadline deadline, Readiness& readiness) {
  const std::string where = net::to_string(listen);
  const net::Resolver resolver;
  auto socket = co_await reach(std::move(listen), resolver, deadline);
  if (!socket) {
    readiness.text = "nobody answers at " + where + ": " + socket.error().message();
    co_return;
  }
  auto answer = co_await converse(std::move(*socket), where, deadline);
  if (!answer) {
    readiness.text = "no answer from " + where + ": " + answer.error().message();
    co_return;
  }
  readiness = std::move(*answer);
}

}  // namespace

Readiness ask_readiness(const net::HostPort& listen, std::chrono::milliseconds timeout) {
  Readiness readiness;
  asio::io_context io{1};
  TaskGroup tasks(io.get_executor());
  tasks.spawn(ask(listen, std::chrono::steady_clock::now() + timeout, readiness));
  io.run();
  return readiness;
}

}  // namespace towline::admin
