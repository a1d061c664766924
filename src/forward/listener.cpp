#include "forward/listener.hpp"

#include "async/deadline.hpp"
#include "forward/bind_retry.hpp"
#include "forward/refusal.hpp"
#include "net/listen.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <utility>

namespace towline::forward {

namespace {

using observe::ForwardState;
using observe::Steady;

constexpr std::chrono::seconds listen_timeout{5};
// Out of descriptors: those in use must be given back first.
constexpr std::chrono::milliseconds accept_pause{100};

LocalListening of_unix(net::UnixListening listening) {
  LocalListening local;
  local.acceptors.emplace_back(std::move(listening.acceptor));
  local.file = std::move(listening.file);
  return local;
}

LocalListening of_tcp(net::Listening listening) {
  LocalListening local;
  for (auto& acceptor : listening.acceptors) local.acceptors.emplace_back(std::move(acceptor));
  local.port = listening.port;
  return local;
}

void report_unbound(const Site& site, const Failure& failure) {
  const auto why = bind_refusal(site.spec, failure);
  site.report.down(ForwardState::binding, why);
  site.report.log().repeatable().warn(
      "forward.refused", "the local listener cannot be bound",
      {{"reason", why.reason.label()}, {"err", why.detail}, {"hint", why.hint}});
}

Task<> accept_connections(Site site, net::Acceptor& acceptor, Serve serve) {
  for (;;) {
    auto [ec, socket] = co_await acceptor.async_accept(as_result);
    if (ec == asio::error::operation_aborted || ec == asio::error::bad_descriptor) co_return;
    if (ec) {
      if (co_await sleep_until(Steady::now() + accept_pause)) co_return;
      continue;
    }
    Arrival arrival{.originator = net::peer_of(socket)};
    if (site.connections.size() >= site.spec.max_connections) {
      const Failure full = error_code(asio::error::no_buffer_space);
      report_failed(site, arrival, observe::ConnectionFailure::limit, full);
      net::reset(socket);
      continue;
    }
    error_code ignored;  // a unix socket has no such option
    socket.set_option(asio::ip::tcp::no_delay(true), ignored);
    site.connections.spawn(serve(site, std::move(socket), std::move(arrival)));
  }
}

}  // namespace

Task<Result<LocalListening>> bind_local(const ForwardSpec& spec, std::uint16_t port,
                                        const net::Resolver& resolver, Deadline deadline) {
  if (!spec.listen_path.empty()) {
    const auto executor = co_await asio::this_coro::executor;
    auto listening = net::listen_unix(executor, spec.listen_path,
                                      {spec.stream_local.bind_unlink, spec.stream_local.bind_mask});
    if (!listening) co_return listening.error();
    co_return of_unix(std::move(*listening));
  }
  net::HostPort where{spec.listen.host, port};
  auto listening = co_await net::listen(std::move(where), resolver, deadline);
  if (!listening) co_return listening.error();
  co_return of_tcp(std::move(*listening));
}

Task<> accept_all(Site site, LocalListening& listening, Serve serve) {
  TaskGroup group(site.connections.executor());
  for (auto& acceptor : listening.acceptors) group.spawn(accept_connections(site, acceptor, serve));
  co_await group.join();
  group.cancel();
  co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  co_await group.join();
}

Task<Result<>> run_listener(Site site, Serve serve, bool give_up_at_first) {
  site.report.enter(ForwardState::binding);
  auto& last = site.last_bound;
  for (int failures = 0;;) {
    const auto began = Steady::now();
    const auto port = port_to_ask(site.spec.listen.port, last.port, failures);
    site.report.metrics().setup_attempted();
    auto listening = co_await bind_local(site.spec, port, site.resolver, began + listen_timeout);
    if (listening) {
      last = {.ever = true, .port = listening->port};
      site.report.metrics().setup_succeeded(Steady::now() - began);
      site.report.up(listening->port);
      co_await accept_all(site, *listening, serve);
      co_return Result<>{};
    }
    if (listening.error().code == asio::error::operation_aborted) co_return Result<>{};
    site.report.metrics().setup_failed(setup_failure(listening.error().code));
    report_unbound(site, listening.error());
    if (!last.ever && give_up_at_first) co_return listening.error();
    if (co_await sleep_until(Steady::now() + bind_retry_delay(++failures))) co_return Result<>{};
  }
}

}  // namespace towline::forward
