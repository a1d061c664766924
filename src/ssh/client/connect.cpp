#include "ssh/client/connect.hpp"

#include "async/deadline.hpp"
#include "net/connect.hpp"
#include "net/error.hpp"
#include "net/tcp_wire.hpp"
#include "ssh/auth/client/authentication.hpp"
#include "ssh/connection/keepalive.hpp"
#include "ssh/trust/host_key_check.hpp"
#include "ssh/wire/error.hpp"

#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <optional>
#include <utility>

namespace towline::ssh {

namespace {

using Clock = Visit::Clock;

// The goodbye to jump hosts after a failure beyond them.
constexpr std::chrono::seconds goodbye_timeout{1};

// The whole way: the jump hosts one after the other, and the server behind them.
struct Way {
  std::vector<JumpHost> servers;
  const Options& options;
  const net::Resolver& resolver;
  AcceptedHostKeys& accepted;
  const OnNews& on_news;
  Countdown countdown;
  std::unique_ptr<Hops> hops;
  Trace trace{};
  std::shared_ptr<PeerWords> words{};            // of the server that is visited, once there is a connection
  std::unique_ptr<ClientTransport> transport{};  // to the last one

  std::size_t at() const { return trace.visits.size() - 1; }
  const JumpHost& server() const { return servers[at()]; }
  bool at_jump_host() const { return at() + 1 < servers.size(); }
  Visit& visit() { return trace.visits.back(); }
  void visit_next() {
    trace.visits.emplace_back();
    trace.jump_host = at_jump_host() ? std::optional(at()) : std::nullopt;
    words.reset();
  }
  Deadline deadline() { return countdown.deadline(Clock::now()); }

  void tell(News news) const {
    if (on_news) on_news(trace, news);
  }
  void end_step() {
    auto& steps = visit().steps;
    if (!steps.empty()) steps.back().took = Clock::now() - steps.back().began;
  }
  void begin(ConnectStep next) {
    end_step();
    visit().steps.push_back({next, Clock::now()});
    tell(News::step);
  }
  // The one under way.
  ConnectStep step() const {
    const auto& steps = trace.visits.back().steps;
    return steps.empty() ? ConnectStep::resolve : steps.back().step;
  }

  std::string name() const {
    const auto& where = server().server;
    return at_jump_host() ? jump_host_name(where) : net::to_string(where);
  }
  HostKeyOptions host_key() const {
    return at_jump_host() ? host_key_options_on_the_way(options.host_key) : options.host_key;
  }
  // "TCP connection with server:22 through jump host bastion:22"
  std::string under_way() const {
    const bool through = at() > 0 && step() == ConnectStep::connect;
    return std::string(to_string(step())) + " with " + name() +
           (through ? " through " + jump_host_name(servers[at() - 1].server) : "");
  }
  // No answer in time to the step under way: names, TCP and SSH have different cures.
  Failure timed_out() const {
    const bool here = at() == 0;  // else a jump host looks the name up and connects
    if (here && step() == ConnectStep::resolve) return {net::errc::resolve_timed_out, under_way()};
    if (here && step() == ConnectStep::connect) return {net::errc::connect_timed_out, under_way()};
    Failure late(errc::connect_timeout, under_way());
    late.said = said();
    return late;
  }
  // A failure of the step under way, with the name of the jump host that caused it.
  Failure explained(Failure failure) {
    if (auto cause = hops->cause_of(failure)) return blame(std::move(*cause));
    failure.said = said();
    if (at_jump_host()) failure.detail = name() + (failure.detail.empty() ? "" : ": " + failure.detail);
    return failure;
  }
  // The same for a step that the jump host before this server has to take.
  Failure blame_hop_before(Failure failure) {
    auto cause = hops->cause_of(failure);
    return blame(cause ? std::move(*cause) : HopFailure{at() - 1, std::move(failure)});
  }
  Failure blame(HopFailure cause) {
    trace.jump_host = cause.index;
    return std::move(cause.failure);
  }
  std::string said() const { return words ? words->quoted() : ""; }
};

Result<> verify_host_key(Way& way, HostKeyCheck& check) {
  auto& visit = way.visit();
  auto decision = check.judge(visit.host_key);
  if (way.options.host_key.strict == StrictHostKeyChecking::accept_new) {
    visit.accepted_file_problem = way.accepted.take_problem();
    if (!visit.accepted_file_problem.empty()) way.tell(News::accepted_file);
  }
  if (!decision) return decision.error();
  visit.host_key_decision = std::move(*decision);
  return {};
}

// Accepted and closed before we looked: the same as a moment later.
Failure of_connect(Failure failure) {
  const auto code = failure.code;
  if (code != asio::error::connection_reset && code != asio::error::broken_pipe) return failure;
  Failure closed(errc::closed_at_once, code.message() + ": " + failure.detail);
  closed.cause = code;
  return closed;
}

Task<Result<std::unique_ptr<net::Wire>>> connect_tcp(Way& way) {
  way.begin(ConnectStep::resolve);
  const auto& socket_options = way.options.socket;
  auto lookup = way.resolver.look_up(co_await asio::this_coro::executor, way.server().server,
                                     net::family_of(socket_options));
  auto endpoints = co_await lookup.first(way.deadline());
  if (!endpoints) co_return endpoints.error();
  way.visit().endpoints = *endpoints;

  way.begin(ConnectStep::connect);
  auto socket = co_await net::connect(std::move(*endpoints), way.deadline(), socket_options, &lookup);
  if (!socket) co_return of_connect(socket.error());
  error_code gone;
  way.visit().address = socket->remote_endpoint(gone).address().to_string();

  auto wire = std::make_unique<net::TcpWire>(std::move(*socket));
  if (const auto limit = connection::Keepalive::deadline(way.options.keepalive); limit.count() > 0) {
    [[maybe_unused]] const auto refused = wire->set_user_timeout(limit);  // the keepalive does without it
  }
  co_return wire;
}

Task<Result<std::unique_ptr<net::Wire>>> connect_through(Way& way) {
  way.begin(ConnectStep::connect);
  const auto& server = way.server().server;
  way.visit().address = server.host;
  co_return co_await way.hops->open(server, way.deadline());
}

// From key exchange to the end of authentication with one server.
Task<Result<std::unique_ptr<ClientTransport>>> log_in(Way& way, HostKeyCheck& check,
                                                      std::unique_ptr<net::Wire> wire) {
  const auto& server = way.server();
  auto& visit = way.visit();
  auto transport = std::make_unique<ClientTransport>(std::move(wire));
  way.words = transport->words();

  way.begin(ConnectStep::key_exchange);
  const auto algorithms = algorithms_for(way.options.algorithms, check.algorithms(server.server));
  auto shaken = co_await transport->handshake(algorithms);
  visit.server_software = transport->peer_software();
  if (!shaken) co_return shaken.error();
  visit.algorithms = transport->negotiated();
  visit.host_key = {server.server, transport->host_key(), transport->host_certificate()};

  way.begin(ConnectStep::host_key);
  if (auto verified = verify_host_key(way, check); !verified) co_return verified.error();

  way.begin(ConnectStep::authenticate);
  auto authenticated = co_await authenticate(*transport, server.user, server.credentials, way.countdown);
  if (!authenticated) co_return authenticated.error();
  visit.authentication = std::move(*authenticated);
  visit.said = way.words->take();
  way.tell(News::logged_in);
  co_return transport;
}

// One server: reached over the jump hosts so far, and logged in.
Task<Result<std::unique_ptr<ClientTransport>>> bring_up(Way& way) {
  const auto rules = way.host_key();  // which the check refers to
  auto check = HostKeyCheck::read(rules, way.accepted);
  if (!check) co_return way.explained(check.error());
  way.visit().bad_lines = check->bad_lines();
  if (!way.visit().bad_lines.empty()) way.tell(News::known_hosts);

  Result<std::unique_ptr<net::Wire>> wire;
  if (way.at() == 0) {
    wire = co_await connect_tcp(way);
    if (!wire) co_return way.explained(wire.error());
  } else {
    wire = co_await connect_through(way);
    if (!wire) co_return way.blame_hop_before(wire.error());
  }
  auto transport = co_await log_in(way, *check, std::move(*wire));
  if (!transport) co_return way.explained(transport.error());
  co_return transport;
}

// What came of it is kept in `way`: a deadline that passes at the same moment must not lose it.
Task<Result<>> take_steps(Way& way) {
  co_await asio::this_coro::throw_if_cancelled(false);
  for (;;) {
    if (co_await cancelled()) co_return Failure(asio::error::operation_aborted);
    way.visit_next();
    auto transport = co_await bring_up(way);
    way.end_step();
    if (!transport) co_return transport.error();
    if (!way.at_jump_host()) {
      way.transport = std::move(*transport);
      co_return Result<>{};
    }
    way.hops->add(way.server().server, way.options, std::move(*transport));
  }
}

}  // namespace

const char* to_string(ConnectStep step) {
  switch (step) {
    case ConnectStep::resolve: return "name resolution";
    case ConnectStep::connect: return "TCP connection";
    case ConnectStep::key_exchange: return "key exchange";
    case ConnectStep::host_key: return "host key";
    case ConnectStep::authenticate: return "authentication";
  }
  return "unknown step";
}

Visit::Clock::duration Trace::took(ConnectStep step) const {
  Visit::Clock::duration sum{};
  for (const auto& visit : visits) {
    const auto taken = std::ranges::find(visit.steps, step, &Visit::Step::step);
    if (taken != visit.steps.end()) sum += taken->took;
  }
  return sum;
}

Task<Attempt> connect(const net::HostPort& server, const Options& options, const net::Resolver& resolver,
                      AcceptedHostKeys& accepted, OnNews on_news) {
  co_await asio::this_coro::throw_if_cancelled(false);
  const auto now = Clock::now();
  auto hops = std::make_unique<Hops>(co_await asio::this_coro::executor);
  Way way{servers_on_the_way(server, options),  options,        resolver, accepted, on_news,
          {now, now + options.connect_timeout}, std::move(hops)};
  auto steps = co_await before(way.countdown, take_steps(way));
  if (steps && *steps)
    co_return Attempt{std::move(way.trace), Connected{std::move(way.hops), std::move(way.transport)}};

  co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  way.transport.reset();
  co_await way.hops->close(Clock::now() + goodbye_timeout);
  auto failure = steps ? steps->error() : way.timed_out();
  co_return Attempt{std::move(way.trace), std::move(failure)};
}

}  // namespace towline::ssh
