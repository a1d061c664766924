#include "forward/remote_forward.hpp"

#include "async/deadline.hpp"
#include "forward/bind_retry.hpp"
#include "forward/connection.hpp"
#include "forward/proxy_protocol.hpp"
#include "forward/reach_proof.hpp"
#include "forward/refusal.hpp"
#include "net/connect.hpp"
#include "net/unix_socket.hpp"
#include "ssh/error.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>

#include <cerrno>
#include <sys/socket.h>
#include <utility>

namespace towline::forward {

namespace {

using observe::ForwardState;
using observe::SetupFailure;
using observe::Steady;

constexpr std::chrono::seconds cancel_timeout{2};

void report_refusal(const Site& site, std::uint16_t port, const Failure& failure) {
  const auto reason =
      failure.code == ssh::errc::forward_timeout ? SetupFailure::timeout : SetupFailure::refused;
  site.report.metrics().setup_failed(reason);
  const auto why = listen_refusal(site.spec, port, reason);
  site.report.down(ForwardState::binding, why);
  site.report.log().repeatable().warn("forward.refused", why.detail,
                                      {{"reason", why.reason.label()}, {"hint", why.hint}});
}

ssh::connection::ListenAddress address_to_ask(const ForwardSpec& spec, std::uint16_t port) {
  if (!spec.listen_path.empty()) return {{}, spec.listen_path};
  return {{spec.listen.host, port}, {}};
}

Task<Result<net::Stream>> connect_to_target(Site site) {
  const auto deadline = Steady::now() + site.spec.target_timeout;
  if (!site.spec.connect_path.empty()) co_return co_await net::connect_unix(site.spec.connect_path, deadline);
  auto socket = co_await net::connect(site.spec.connect, site.resolver, deadline);
  if (!socket) co_return socket.error();
  co_return net::Stream(std::move(*socket));
}

// The first bytes on a new socket: the kernel has room for them, or the target is gone.
error_code introduce(const Site& site, net::Stream& socket, const Arrival& arrival) {
  if (site.spec.proxy_protocol == ProxyProtocol::none) return {};
  const net::HostPort bound{site.spec.listen.host, site.last_bound.port};
  const auto header = proxy_header(site.spec.proxy_protocol, arrival.originator, bound);
  const auto sent = ::send(socket.native_handle(), header.data(), header.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  if (sent == static_cast<ssize_t>(header.size())) return {};
  return sent < 0 ? error_code(errno, boost::system::system_category()) : asio::error::no_buffer_space;
}

// `accepted`: the server knows already that somebody is here.
Task<> serve(Site site, ssh::Incoming incoming, bool accepted) {
  Arrival arrival{.originator = std::move(incoming.originator)};
  auto socket = co_await connect_to_target(site);
  if (socket) {
    if (const auto ec = introduce(site, *socket, arrival)) socket = Failure(ec);
  }
  if (!socket) {
    const auto reason = target_failure(socket.error().code);
    report_failed(site, arrival, reason, socket.error());
    if (!accepted) incoming.channel.refuse(ssh::errc::open_connect_failed, to_string(reason));
    co_return;
  }
  if (!accepted) incoming.channel.accept();
  co_await carry(site, std::move(incoming.channel), std::move(*socket), std::move(arrival));
}

Task<> accept_connections(Site site, ssh::RemoteListener& listener, ReachProof& proof) {
  for (;;) {
    auto incoming = co_await listener.accept();
    if (!incoming) co_return;
    if (proof.take(*incoming, true)) continue;
    site.report.arrived();
    if (site.connections.size() >= site.spec.max_connections) {
      report_failed(site, {.originator = incoming->originator}, observe::ConnectionFailure::limit,
                    std::nullopt);
      incoming->channel.refuse(ssh::errc::open_resource_shortage, "too many connections");
      continue;
    }
    site.connections.spawn(serve(site, std::move(*incoming), false));
  }
}

// No more than a warning: the server may be one that does not let us look.
Task<> look_at_reach(Site site, ReachProof& proof, std::uint16_t port) {
  const auto reach = co_await proof.run(site.spec, site.server_address, port);
  if (!reach) co_return;
  const net::HostPort listen{site.spec.listen.host, port};
  const auto listens = net::to_string(listen);
  const auto& log = site.report.log();
  if (*reach == Reach::loopback_only || *reach == Reach::unproved) {
    log.repeatable().warn("forward.reach", reach_text(*reach, listen),
                          {{"listen", listens}, {"hint", reach_hint(*reach)}});
  } else {
    log.debug("forward.reach", "the server listens on more than its loopback", {{"listen", listens}});
  }
}

// Connections are taken from the start.
Task<> take_connections(Site site, ssh::RemoteListener& listener) {
  ReachProof proof(site.connections.executor(), site.session, [site](ssh::Incoming incoming, bool accepted) {
    site.connections.spawn(serve(site, std::move(incoming), accepted));
  });
  TaskGroup looking(site.connections.executor());
  if (is_meant_for_others(site.spec)) looking.spawn(look_at_reach(site, proof, listener.bound_port()));
  co_await accept_connections(site, listener, proof);
  co_await asio::this_coro::reset_cancellation_state(asio::enable_terminal_cancellation());
  looking.cancel();
  co_await looking.join();
}

}  // namespace

Task<> run_remote_forward(Site site) {
  site.report.enter(ForwardState::binding);
  for (int failures = 0;;) {
    const auto port = port_to_ask(site.spec.listen.port, site.last_bound.port, failures);
    auto address = address_to_ask(site.spec, port);
    const auto asked = Steady::now();
    site.report.metrics().setup_attempted();
    auto listener = co_await site.session.listen(std::move(address), asked + site.listen_timeout);
    if (listener) {
      site.last_bound = {.ever = true, .port = listener->bound_port()};
      site.report.metrics().setup_succeeded(Steady::now() - asked);
      site.report.up(listener->bound_port());
      co_await take_connections(site, *listener);
      co_await asio::this_coro::reset_cancellation_state(asio::enable_terminal_cancellation());
      co_await listener->cancel(Steady::now() + cancel_timeout);
      co_return;
    }
    const auto& code = listener.error().code;
    if (code != ssh::errc::forward_refused && code != ssh::errc::forward_timeout) co_return;
    report_refusal(site, port, listener.error());
    if (co_await sleep_until(Steady::now() + bind_retry_delay(++failures))) co_return;
  }
}

}  // namespace towline::forward
