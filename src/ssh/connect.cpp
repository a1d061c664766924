#include "ssh/connect.hpp"

#include "async/deadline.hpp"
#include "net/connect.hpp"
#include "net/tcp_wire.hpp"
#include "ssh/connection/keepalive.hpp"
#include "ssh/error.hpp"
#include "ssh/host_key_check.hpp"
#include "ssh/private_key.hpp"
#include "ssh/transport/authentication.hpp"

#include <utility>

namespace towline::ssh {

namespace {

using Clock = std::chrono::steady_clock;

// The steps of one attempt, and which of them is under way.
struct Attempt {
  const Options& options;
  const net::Resolver& resolver;
  AcceptedHostKeys& accepted;
  ConnectObserver& observer;
  Deadline deadline;
  ConnectStep step = ConnectStep::resolve;
  Clock::time_point step_began = Clock::now();
  ConnectReport report{};

  void begin(ConnectStep next) {
    step = next;
    step_began = Clock::now();
    observer.on_step(next);
  }
  Clock::duration step_took() const { return Clock::now() - step_began; }
};

std::string comma_list(const std::vector<std::string>& names) {
  std::string list;
  for (const auto& name : names) list += (list.empty() ? "" : ",") + name;
  return list;
}

Result<> verify_host_key(Attempt& attempt, HostKeyCheck& check, const Transport& transport) {
  ShownHostKey shown{attempt.options.server, transport.host_key(), transport.host_certificate()};
  auto decision = check.judge(shown);
  if (attempt.options.host_key.strict == StrictHostKeyChecking::accept_new) {
    if (const auto problem = attempt.accepted.take_problem(); !problem.empty())
      attempt.observer.on_accepted_file_failed(problem);
  }
  if (!decision) return decision.error();
  attempt.report.host_key = std::move(shown);
  attempt.report.host_key_decision = std::move(*decision);
  return {};
}

Task<Result<std::unique_ptr<Transport>>> open_wire(Attempt& attempt) {
  attempt.begin(ConnectStep::resolve);
  auto endpoints = co_await attempt.resolver.resolve(attempt.options.server, attempt.deadline);
  if (!endpoints) co_return endpoints.error();
  attempt.report.resolve = attempt.step_took();

  attempt.begin(ConnectStep::connect);
  auto socket = co_await net::connect(std::move(*endpoints), attempt.deadline);
  if (!socket) co_return socket.error();
  attempt.report.connect = attempt.step_took();

  auto wire = std::make_unique<net::TcpWire>(std::move(*socket));
  if (const auto limit = connection::Keepalive::deadline(attempt.options.keepalive); limit.count() > 0) {
    [[maybe_unused]] const auto refused = wire->set_user_timeout(limit);  // the keepalive does without it
  }
  co_return std::make_unique<Transport>(std::move(wire));
}

Task<Result<Connected>> take_steps(Attempt& attempt) {
  auto check = HostKeyCheck::read(attempt.options.host_key, attempt.accepted);
  if (!check) co_return check.error();
  for (const auto& line : check->bad_lines()) attempt.observer.on_known_hosts_skipped(line);
  auto opened = co_await open_wire(attempt);
  if (!opened) co_return opened.error();
  auto& transport = **opened;

  attempt.begin(ConnectStep::key_exchange);
  Algorithms algorithms;
  algorithms.host_key = comma_list(check->algorithms(attempt.options.server));
  if (auto shaken = co_await transport.handshake(algorithms); !shaken) co_return shaken.error();
  attempt.report.key_exchange = attempt.step_took();
  attempt.report.algorithms = transport.negotiated();
  attempt.report.server_software = transport.server_software();

  attempt.begin(ConnectStep::host_key);
  if (auto verified = verify_host_key(attempt, *check, transport); !verified) co_return verified.error();

  attempt.begin(ConnectStep::authenticate);
  auto key = read_private_key(attempt.options.credentials.keys.front().file);
  if (!key) co_return key.error();
  auto authenticated = co_await authenticate(transport, attempt.options.user, *key);
  if (!authenticated) co_return authenticated.error();
  attempt.report.authenticate = attempt.step_took();
  co_return Connected{std::move(*opened), std::move(attempt.report)};
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

Task<Result<Connected>> connect(const Options& options, const net::Resolver& resolver,
                                AcceptedHostKeys& accepted, ConnectObserver& observer) {
  const auto deadline = Clock::now() + options.connect_timeout;
  Attempt attempt{options, resolver, accepted, observer, deadline};
  auto connected = co_await before(deadline, take_steps(attempt));
  if (connected) co_return std::move(*connected);
  co_return Failure{errc::connect_timeout,
                    std::string(to_string(attempt.step)) + " with " + net::to_string(options.server)};
}

}  // namespace towline::ssh
