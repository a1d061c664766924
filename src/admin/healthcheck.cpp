#include "admin/healthcheck.hpp"

#include "async/deadline.hpp"
#include "async/task_group.hpp"
#include "net/connect.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>

#include <algorithm>
#include <utility>

namespace towline::admin {

namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;
using Clock = std::chrono::steady_clock;

// Beyond the life of any process, and far from the end of the clock.
constexpr std::chrono::hours for_ever{24 * 365};

constexpr std::uint64_t answer_bytes_max = 262'144;
constexpr std::chrono::milliseconds ask_timeout{3'000};
// Between two questions: not worth noticing for who waits, nor for who is asked.
constexpr std::chrono::milliseconds ask_pause{200};

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

Task<Result<Readiness>> converse(tcp::socket socket, std::string host, std::string path,
                                 net::Deadline deadline) {
  beast::tcp_stream stream(std::move(socket));
  stream.expires_at(deadline);

  http::request<http::empty_body> request(http::verb::get, path + "?verbose", 11);
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

Task<Readiness> ask(net::HostPort listen, std::string path, net::Deadline deadline) {
  Readiness readiness;
  const std::string where = net::to_string(listen);
  const net::Resolver resolver;
  auto socket = co_await reach(std::move(listen), resolver, deadline);
  if (!socket) {
    readiness.text = "nobody answers at " + where + ": " + socket.error().message();
    co_return readiness;
  }
  auto answer = co_await converse(std::move(*socket), where, std::move(path), deadline);
  if (!answer) {
    readiness.text = "no answer from " + where + ": " + answer.error().message();
    co_return readiness;
  }
  co_return std::move(*answer);
}

Task<> ask_once(net::HostPort listen, net::Deadline deadline, Readiness& readiness) {
  readiness = co_await ask(std::move(listen), "/readyz", deadline);
}

Task<> ask_until_ready(net::HostPort listen, net::Deadline last, Readiness& readiness) {
  for (;;) {
    const auto deadline = std::min(last, Clock::now() + ask_timeout);
    readiness = co_await ask(listen, "/readyz", deadline);
    if (readiness.ready || Clock::now() + ask_pause >= last) co_return;
    if (co_await sleep_until(Clock::now() + ask_pause)) co_return;
  }
}

void run_alone(asio::io_context& io, Task<> task) {
  TaskGroup tasks(io.get_executor());
  tasks.spawn(std::move(task));
  io.run();
}

}  // namespace

Readiness ask_readiness(const net::HostPort& listen, std::chrono::milliseconds timeout) {
  Readiness readiness;
  asio::io_context io{1};
  run_alone(io, ask_once(listen, Clock::now() + timeout, readiness));
  return readiness;
}

Readiness await_readiness(const net::HostPort& listen, std::chrono::milliseconds patience) {
  const auto last = patience.count() == 0 ? Clock::now() + for_ever : Clock::now() + patience;
  Readiness readiness;
  asio::io_context io{1};
  run_alone(io, ask_until_ready(listen, last, readiness));
  return readiness;
}

Task<Readiness> ask_forward(net::HostPort listen, std::string forward, net::Deadline deadline) {
  std::string path = "/readyz/" + forward;
  co_return co_await ask(std::move(listen), std::move(path), deadline);
}

}  // namespace towline::admin
