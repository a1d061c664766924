#include "forward/local_forward.hpp"

#include "async/deadline.hpp"
#include "forward/bind_retry.hpp"
#include "forward/connection.hpp"
#include "net/listen.hpp"

#include <boost/asio/error.hpp>

#include <utility>

namespace towline::forward {

namespace {

using asio::ip::tcp;
using observe::ForwardState;
using observe::SetupFailure;
using observe::Steady;

constexpr std::chrono::seconds listen_timeout{5};
// As for the targets of -R: the server's own attempt must be able to fail first.
constexpr std::chrono::seconds open_timeout{60};
// Out of descriptors: those in use must be given back first.
constexpr std::chrono::milliseconds accept_pause{100};

SetupFailure setup_failure(const error_code& code) {
  if (code == asio::error::address_in_use) return SetupFailure::port_in_use;
  if (code == asio::error::access_denied || code == boost::system::errc::operation_not_permitted) {
    return SetupFailure::denied;
  }
  return SetupFailure::address;
}

const char* bind_hint(SetupFailure reason) {
  switch (reason) {
    case SetupFailure::port_in_use:
      return "another program, or another towline, listens there: choose another SSH_TUNNEL_PORT";
    case SetupFailure::denied: return "ports below 1024 need a capability: choose a port from 1024 up";
    default: return "SSH_BIND_IP must be an address of this machine or container, 0.0.0.0 or *";
  }
}

void report_unbound(const Site& site, const Failure& failure) {
  const auto reason = setup_failure(failure.code);
  site.report.metrics().setup_failed(reason);
  site.report.down(ForwardState::binding, {reason, failure.message(), bind_hint(reason)});
  site.report.log().repeatable().warn(
      "forward.refused", "the local port cannot be bound",
      {{"reason", to_string(reason)}, {"err", failure.message()}, {"hint", bind_hint(reason)}});
}

void reset(tcp::socket& socket) {
  error_code ignored;
  socket.set_option(asio::socket_base::linger(true, 0), ignored);
  socket.close(ignored);
}

net::HostPort to_host_port(const tcp::endpoint& endpoint) {
  return {endpoint.address().to_string(), endpoint.port()};
}

Task<> serve(Site site, tcp::socket socket, Arrival arrival) {
  error_code ignored;
  socket.set_option(tcp::no_delay(true), ignored);
  const auto deadline = Steady::now() + open_timeout;
  ssh::connection::OpenRequest request = ssh::connection::DirectTcpip{site.spec.connect, arrival.originator};
  auto channel = co_await site.session.open(std::move(request), deadline);
  if (!channel) {
    report_failed(site, arrival, channel_failure(channel.error().code), channel.error());
    reset(socket);
    co_return;
  }
  co_await carry(site, std::move(*channel), std::move(socket), std::move(arrival));
}

Task<> accept_connections(Site site, tcp::acceptor& acceptor) {
  for (;;) {
    auto [ec, socket] = co_await acceptor.async_accept(as_result);
    if (ec == asio::error::operation_aborted || ec == asio::error::bad_descriptor) co_return;
    if (ec) {
      if (co_await sleep_until(Steady::now() + accept_pause)) co_return;
      continue;
    }
    error_code unknown;
    Arrival arrival{to_host_port(socket.remote_endpoint(unknown))};
    if (site.connections.size() >= site.spec.max_connections) {
      const Failure full = error_code(asio::error::no_buffer_space);
      report_failed(site, arrival, observe::ConnectionFailure::limit, full);
      reset(socket);
      continue;
    }
    site.connections.spawn(serve(site, std::move(socket), std::move(arrival)));
  }
}

Task<> accept_all(Site site, std::vector<tcp::acceptor>& acceptors) {
  TaskGroup group(site.connections.executor());
  for (auto& acceptor : acceptors) group.spawn(accept_connections(site, acceptor));
  co_await group.join();
  group.cancel();
  co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  co_await group.join();
}

}  // namespace

Task<Result<>> run_local_forward(Site site) {
  site.report.enter(ForwardState::binding);
  for (int failures = 0;;) {
    const auto began = Steady::now();
    const net::HostPort where{site.spec.listen.host,
                              port_to_ask(site.spec.listen.port, site.last_port, failures)};
    site.report.metrics().setup_attempted();
    auto listening = co_await net::listen(where, site.resolver, began + listen_timeout);
    if (listening) {
      site.last_port = listening->port;
      site.report.metrics().setup_succeeded(Steady::now() - began);
      site.report.up(listening->port);
      co_await accept_all(site, listening->acceptors);
      co_return Result<>{};
    }
    if (listening.error().code == asio::error::operation_aborted) co_return Result<>{};
    report_unbound(site, listening.error());
    if (site.last_port == 0) co_return listening.error();
    if (co_await sleep_until(Steady::now() + bind_retry_delay(++failures))) co_return Result<>{};
  }
}

}  // namespace towline::forward
