#include "forward/remote_forward.hpp"

#include "async/deadline.hpp"
#include "forward/bind_retry.hpp"
#include "forward/connection.hpp"
#include "forward/explain.hpp"
#include "forward/proxy_protocol.hpp"
#include "forward/reach_proof.hpp"
#include "forward/remote_listening.hpp"
#include "net/connect.hpp"
#include "net/unix_socket.hpp"
#include "ssh/wire/error.hpp"

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
  const auto why = listen_refusal(site.spec, port, reason, failure.detail);
  site.report.down(ForwardState::binding, why);
  if (site.publication) site.publication->refused(site.report);
  site.report.log().repeatable().warn("forward.refused", why.detail,
                                      {{"reason", why.reason.label()}, {"hint", why.hint}});
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
Task<> serve(Site site, ssh::Incoming incoming, Place place, bool accepted) {
  Arrival arrival{.originator = std::move(incoming.originator), .place = std::move(place)};
  auto socket = co_await connect_to_target(site);
  if (socket) {
    if (const auto ec = introduce(site, *socket, arrival)) socket = Failure(ec);
  }
  if (!socket) {
    const auto reason = target_failure(socket.error().code);
    report_failed(site, arrival, reason, socket.error());
    const bool shortage = reason == observe::ConnectionFailure::resource_shortage;
    const auto told = shortage ? ssh::errc::open_resource_shortage : ssh::errc::open_connect_failed;
    if (!accepted) incoming.channel.refuse(told, to_string(reason));
    co_return;
  }
  if (!accepted) incoming.channel.accept();
  co_await carry(site, std::move(incoming.channel), std::move(*socket), std::move(arrival));
}

void take(const Site& site, ssh::Incoming incoming, bool accepted) {
  auto place = Place::take(site.places);
  if (place) return site.connections.spawn(serve(site, std::move(incoming), std::move(*place), accepted));
  report_failed(site, {.originator = incoming.originator}, observe::ConnectionFailure::limit, std::nullopt,
                limit_hint(place.error()));
  incoming.channel.refuse(ssh::errc::open_resource_shortage, "too many connections");
}

Task<> accept_connections(Site site, ssh::RemoteListener& listener, ReachProof& proof) {
  for (;;) {
    auto incoming = co_await listener.accept();
    if (!incoming) co_return;
    if (proof.take(*incoming, true)) continue;
    site.watch.arrived();
    take(site, std::move(*incoming), false);
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

// Connections are taken from the start. When cancelled, those that the server accepts before it has stopped
// listening are taken as well.
Task<> take_connections(Site site, RemoteListening& listening) {
  const auto& executor = site.connections.executor();
  ReachProof proof(executor, site.session, [site](ssh::Incoming incoming, bool accepted) {
    take(site, std::move(incoming), accepted);
  });
  TaskGroup looking(executor);
  TaskGroup taking(executor);
  if (!site.publication && is_meant_for_others(site.spec))
    looking.spawn(look_at_reach(site, proof, listening.port()));
  for (auto& listener : listening.listeners) taking.spawn(accept_connections(site, listener, proof));
  if (!co_await cancelled()) co_await taking.join();
  if (site.publication) site.publication->withdrawn(site.report);
  co_await asio::this_coro::reset_cancellation_state(asio::enable_terminal_cancellation());
  looking.cancel();
  const auto deadline = Steady::now() + cancel_timeout;
  for (auto& listener : listening.listeners) taking.spawn(listener.cancel(deadline));
  while (looking.size() > 0) co_await looking.join();
  while (taking.size() > 0) co_await taking.join();
}

void report_up(const Site& site, const RemoteListening& listening) {
  if (site.publication) {
    site.publication->granted(site.report, listening.port(), listening.where);
  } else {
    site.report.up(listening.port(), listening.where);
  }
  site.watch.listens(true);
  if (listening.missing.empty()) return;
  site.report.log().debug("forward.bound", "the server was asked for both loopback addresses and granted one",
                          {{"listen", listening.where}, {"missing", listening.missing}});
}

}  // namespace

Task<> run_remote_forward(Site site) {
  site.report.enter(ForwardState::binding);
  if (site.publication) {
    if (co_await site.publication->wait_introduced()) co_return;
  }
  for (int failures = 0;;) {
    const auto port = port_to_ask(site.spec.listen.port, site.last_bound.port, failures);
    const auto asked = Steady::now();
    site.report.metrics().setup_attempted();
    auto listening = co_await listen_on_server(site.session, site.spec, port, site.listen_timeout);
    if (listening) {
      site.last_bound = {.ever = true, .port = listening->port()};
      site.report.metrics().setup_succeeded(Steady::now() - asked);
      report_up(site, *listening);
      co_return co_await take_connections(site, *listening);
    }
    const auto& code = listening.error().code;
    if (code != ssh::errc::forward_refused && code != ssh::errc::forward_timeout) co_return;
    report_refusal(site, port, listening.error());
    if (co_await sleep_until(Steady::now() + bind_retry_delay(++failures))) co_return;
  }
}

}  // namespace towline::forward
