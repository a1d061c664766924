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

#include <optional>
#include <utility>

namespace towline::ssh {

namespace {

using Clock = std::chrono::steady_clock;

// The goodbye to jump hosts after a failure beyond them.
constexpr std::chrono::seconds goodbye_timeout{1};

// The steps to one server, and which of them is under way.
struct Attempt {
  const JumpHost& peer;
  const HostKeyOptions host_key;
  const Options& options;
  const net::Resolver& resolver;
  AcceptedHostKeys& accepted;
  ConnectObserver& observer;
  Countdown& countdown;
  ConnectStep step = ConnectStep::resolve;
  Clock::time_point step_began = Clock::now();
  ConnectReport report{};
  std::shared_ptr<PeerWords> words{};  // once there is a connection

  std::string said() const { return words ? words->quoted() : ""; }
  void begin(ConnectStep next) {
    step = next;
    step_began = Clock::now();
    observer.on_step(next);
  }
  Clock::duration step_took() const { return Clock::now() - step_began; }
  Deadline deadline() const { return countdown.deadline(Clock::now()); }
};

Result<> verify_host_key(Attempt& attempt, HostKeyCheck& check, const ClientTransport& transport) {
  ShownHostKey shown{attempt.peer.server, transport.host_key(), transport.host_certificate()};
  auto decision = check.judge(shown);
  if (attempt.host_key.strict == StrictHostKeyChecking::accept_new) {
    if (const auto problem = attempt.accepted.take_problem(); !problem.empty())
      attempt.observer.on_accepted_file_failed(problem);
  }
  if (!decision) return decision.error();
  attempt.report.host_key = std::move(shown);
  attempt.report.host_key_decision = std::move(*decision);
  attempt.observer.on_host_key_accepted(attempt.report.host_key, attempt.report.host_key_decision);
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

Task<Result<std::unique_ptr<net::Wire>>> connect_tcp(Attempt& attempt) {
  attempt.begin(ConnectStep::resolve);
  const auto& socket_options = attempt.options.socket;
  auto lookup = attempt.resolver.look_up(co_await asio::this_coro::executor, attempt.peer.server,
                                         net::family_of(socket_options));
  auto endpoints = co_await lookup.first(attempt.deadline());
  if (!endpoints) co_return endpoints.error();
  attempt.report.resolve = attempt.step_took();
  attempt.observer.on_resolved(*endpoints);

  attempt.begin(ConnectStep::connect);
  auto socket = co_await net::connect(std::move(*endpoints), attempt.deadline(), socket_options, &lookup);
  if (!socket) co_return of_connect(socket.error());
  attempt.report.connect = attempt.step_took();
  error_code gone;
  attempt.report.address = socket->remote_endpoint(gone).address().to_string();

  auto wire = std::make_unique<net::TcpWire>(std::move(*socket));
  if (const auto limit = connection::Keepalive::deadline(attempt.options.keepalive); limit.count() > 0) {
    [[maybe_unused]] const auto refused = wire->set_user_timeout(limit);  // the keepalive does without it
  }
  co_return wire;
}

Task<Result<std::unique_ptr<net::Wire>>> connect_through(Attempt& attempt, Hops& hops) {
  attempt.begin(ConnectStep::connect);
  attempt.report.address = attempt.peer.server.host;
  auto wire = co_await hops.open(attempt.peer.server, attempt.deadline());
  attempt.report.connect = attempt.step_took();
  co_return wire;
}

// From key exchange to the end of authentication with one server.
Task<Result<std::unique_ptr<ClientTransport>>> log_in(Attempt& attempt, HostKeyCheck& check,
                                                      std::unique_ptr<net::Wire> wire) {
  auto transport = std::make_unique<ClientTransport>(std::move(wire));
  attempt.words = transport->words();

  attempt.begin(ConnectStep::key_exchange);
  const auto ours = check.algorithms(attempt.peer.server);
  const auto algorithms = algorithms_for(attempt.options.algorithms, ours);
  if (auto shaken = co_await transport->handshake(algorithms); !shaken) {
    attempt.observer.on_handshake_failed(*transport);
    co_return shaken.error();
  }
  attempt.report.key_exchange = attempt.step_took();
  attempt.report.algorithms = transport->negotiated();
  attempt.report.server_software = transport->peer_software();
  attempt.observer.on_server_shown(*transport);

  attempt.begin(ConnectStep::host_key);
  if (auto verified = verify_host_key(attempt, check, *transport); !verified) co_return verified.error();

  attempt.begin(ConnectStep::authenticate);
  const auto& peer = attempt.peer;
  auto authenticated = co_await authenticate(*transport, peer.user, peer.credentials, attempt.countdown);
  if (!authenticated) co_return authenticated.error();
  if (const auto said = attempt.words->take(); !said.empty()) attempt.observer.on_words(said);
  for (const auto& problem : authenticated->problems) attempt.observer.on_credential_unused(problem);
  attempt.report.authentication = std::move(*authenticated);
  attempt.report.authenticate = attempt.step_took();
  co_return transport;
}

void add_durations(ConnectReport& sum, const ConnectReport& part) {
  sum.resolve += part.resolve;
  sum.connect += part.connect;
  sum.key_exchange += part.key_exchange;
  sum.authenticate += part.authenticate;
}

// The whole way: the jump hosts one after the other, and the server behind them.
struct Way {
  std::vector<JumpHost> servers;
  const Options& options;
  const net::Resolver& resolver;
  AcceptedHostKeys& accepted;
  ConnectObserver& observer;
  Countdown countdown;
  std::unique_ptr<Hops> hops;
  std::size_t at = 0;  // of servers
  std::optional<Attempt> attempt{};
  std::unique_ptr<ClientTransport> transport{};  // to the server
  std::vector<ConnectReport> reports{};

  bool at_jump_host() const { return at + 1 < servers.size(); }
  std::string name() const {
    const auto& where = servers[at].server;
    return at_jump_host() ? jump_host_name(where) : net::to_string(where);
  }
  HostKeyOptions host_key() const {
    return at_jump_host() ? host_key_options_on_the_way(options.host_key) : options.host_key;
  }
  // "TCP connection with server:22 through jump host bastion:22"
  std::string under_way() const {
    const bool through = at > 0 && attempt->step == ConnectStep::connect;
    return std::string(to_string(attempt->step)) + " with " + name() +
           (through ? " through " + jump_host_name(servers[at - 1].server) : "");
  }
  // No answer in time to the step under way: names, TCP and SSH have different cures.
  Failure timed_out() const {
    const bool here = at == 0;  // else a jump host looks the name up and connects
    if (here && attempt->step == ConnectStep::resolve) return {net::errc::resolve_timed_out, under_way()};
    if (here && attempt->step == ConnectStep::connect) return {net::errc::connect_timed_out, under_way()};
    Failure late(errc::connect_timeout, under_way());
    late.said = attempt->said();
    return late;
  }
  // A failure of the step under way, with the name of the jump host that caused it.
  Failure explained(Failure failure) const {
    if (auto cause = hops->cause_of(failure)) return blame(*cause);
    failure.said = attempt->said();
    if (at_jump_host()) failure.detail = name() + (failure.detail.empty() ? "" : ": " + failure.detail);
    return failure;
  }
  // The same for a step that the jump host before this server has to take.
  Failure blame_hop_before(Failure failure) const {
    auto cause = hops->cause_of(failure);
    return blame(cause ? *cause : HopFailure{at - 1, std::move(failure)});
  }
  Failure blame(const HopFailure& cause) const {
    observer.on_jump_host(cause.index);
    return cause.failure;
  }
};

// One server: reached over the jump hosts so far, and logged in.
Task<Result<std::unique_ptr<ClientTransport>>> bring_up(Way& way) {
  way.observer.on_jump_host(way.at_jump_host() ? std::optional(way.at) : std::nullopt);
  auto& attempt = way.attempt.emplace(way.servers[way.at], way.host_key(), way.options, way.resolver,
                                      way.accepted, way.observer, way.countdown);
  auto check = HostKeyCheck::read(attempt.host_key, attempt.accepted);
  if (!check) co_return way.explained(check.error());
  for (const auto& line : check->bad_lines()) attempt.observer.on_known_hosts_skipped(line);

  Result<std::unique_ptr<net::Wire>> wire;
  if (way.at == 0) {
    wire = co_await connect_tcp(attempt);
    if (!wire) co_return way.explained(wire.error());
  } else {
    wire = co_await connect_through(attempt, *way.hops);
    if (!wire) co_return way.blame_hop_before(wire.error());
  }
  auto transport = co_await log_in(attempt, *check, std::move(*wire));
  if (!transport) co_return way.explained(transport.error());
  way.reports.push_back(std::move(attempt.report));
  co_return transport;
}

// What came of it is kept in `way`: a deadline that passes at the same moment must not lose it.
Task<Result<>> take_steps(Way& way) {
  co_await asio::this_coro::throw_if_cancelled(false);
  for (;; ++way.at) {
    if (co_await cancelled()) co_return Failure(asio::error::operation_aborted);
    auto transport = co_await bring_up(way);
    if (!transport) co_return transport.error();
    if (!way.at_jump_host()) {
      way.transport = std::move(*transport);
      co_return Result<>{};
    }
    way.hops->add(way.servers[way.at].server, way.options, std::move(*transport));
  }
}

Connected arrived(Way& way) {
  auto report = std::move(way.reports.back());
  way.reports.pop_back();
  for (const auto& hop : way.reports) add_durations(report, hop);
  return {std::move(way.hops), std::move(way.transport), std::move(report), std::move(way.reports)};
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

Task<Result<Connected>> connect(const net::HostPort& server, const Options& options,
                                const net::Resolver& resolver, AcceptedHostKeys& accepted,
                                ConnectObserver& observer) {
  co_await asio::this_coro::throw_if_cancelled(false);
  const auto now = Clock::now();
  auto hops = std::make_unique<Hops>(co_await asio::this_coro::executor);
  Way way{servers_on_the_way(server, options),  options,        resolver, accepted, observer,
          {now, now + options.connect_timeout}, std::move(hops)};
  auto steps = co_await before(way.countdown, take_steps(way));
  if (steps && *steps) co_return arrived(way);

  co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  way.transport.reset();
  co_await way.hops->close(Clock::now() + goodbye_timeout);
  if (steps) co_return steps->error();
  co_return way.timed_out();
}

}  // namespace towline::ssh
