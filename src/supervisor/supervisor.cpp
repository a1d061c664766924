#include "supervisor/supervisor.hpp"

#include "ssh/connection/keepalive.hpp"
#include "ssh/error.hpp"
#include "supervisor/explain.hpp"
#include "supervisor/explain_jump_host.hpp"
#include "supervisor/serving.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>

#include <utility>
#include <variant>

namespace towline::supervisor {

using observe::ForwardState;
using std::chrono::duration_cast;
using std::chrono::steady_clock;

namespace {

// Board counts a loop as stuck after ten of these.
constexpr std::chrono::seconds beat_interval{1};
// As for the server itself (serving.cpp), for all jump hosts together.
constexpr std::chrono::seconds goodbye_timeout{1};

Milliseconds since(steady_clock::time_point when) {
  return duration_cast<Milliseconds>(steady_clock::now() - when);
}

ForwardState state_of(ssh::ConnectStep step) {
  switch (step) {
    case ssh::ConnectStep::resolve: return ForwardState::resolving;
    case ssh::ConnectStep::connect:
    case ssh::ConnectStep::key_exchange: return ForwardState::connecting;
    default: return ForwardState::authenticating;
  }
}

std::string_view event_of(observe::ConnectFailure reason) {
  if (reason == observe::ConnectFailure::host_key) return "ssh.host_key";
  if (reason == observe::ConnectFailure::auth) return "ssh.auth_failed";
  return "ssh.connect_failed";
}

std::optional<observe::KeyInfo> key_info(const ssh::AuthenticationReport& report) {
  if (report.fingerprint.empty()) return std::nullopt;
  return observe::KeyInfo{report.key_type, report.fingerprint, report.loaded, report.certificate_expiry};
}

}  // namespace

Supervisor::Supervisor(asio::any_io_executor executor, Options options,
                       const std::vector<SupervisedForward>& forwards, observe::Pulse& pulse,
                       observe::Metrics& metrics, const observe::Log& log)
    : executor_(std::move(executor)),
      options_(std::move(options)),
      pulse_(pulse),
      metrics_(metrics),
      log_(log),
      server_(net::to_string(options_.ssh.server)),
      accepted_(options_.accepted_host_keys),
      changed_(executor_) {
  if (!accepted_) accepted_ = std::make_shared<ssh::AcceptedHostKeys>(options_.ssh.host_key.accepted_file);
  for (const auto& f : forwards) {
    forwards_.push_back(std::make_unique<Forward>(f.spec, forward::Report(f.spec, f.metrics, f.slot, log)));
  }
}

Supervisor::~Supervisor() = default;

void Supervisor::stop() {
  stopping_ = true;
  changed_.notify_all();
}

void Supervisor::all_enter(ForwardState state) {
  for (auto& forward : forwards_) forward->report.enter(state);
}

void Supervisor::all_down(ForwardState state, const forward::Explanation& why) {
  for (auto& forward : forwards_) forward->report.down(state, why);
}

Task<> Supervisor::beat() {
  auto due = steady_clock::now();
  for (;;) {
    const auto now = steady_clock::now();
    metrics_.loop_lagged(now - due);
    pulse_.beat(now);
    log_.sum_up();
    due = now + beat_interval;
    if (co_await sleep_until(due)) break;
  }
  pulse_.retire();
}

Task<> Supervisor::until_stopping() {
  co_await asio::this_coro::throw_if_cancelled(false);
  while (!stopping_) {
    if (co_await changed_.wait()) co_return;
  }
}

Task<Ending> Supervisor::run() {
  TaskGroup heart(executor_);
  heart.spawn(beat());
  const auto ending = co_await keep_session();
  all_enter(ForwardState::stopped);
  heart.cancel();
  co_await heart.join();
  co_return ending;
}

Task<Ending> Supervisor::keep_session() {
  const auto dead_peer_deadline = ssh::connection::Keepalive::deadline(options_.ssh.keepalive);
  for (bool first = true;; first = false) {
    auto outcome = co_await attempt();
    if (stopping_) co_return Ending::stopped;
    if (cannot_listen_) co_return Ending::cannot_listen;
    outcome.first_attempt = first;
    const double random = std::uniform_real_distribution<>{}(random_);
    const auto decision = decide(options_.reconnect, history_, outcome, dead_peer_deadline, random);
    history_ = decision.history;
    if (!decision.retry) co_return Ending::gave_up;
    co_await wait_before_retry(*decision.retry);
    if (stopping_) co_return Ending::stopped;
  }
}

Task<> Supervisor::wait_before_retry(Milliseconds delay) {
  const auto until = steady_clock::now() + delay;
  for (auto& forward : forwards_) {
    auto& status = forward->report.status();
    status.state = ForwardState::backoff;
    status.backoff = delay;
    status.next_attempt = observe::Instant{until, observe::Wall::now() + delay};
    status.consecutive_failures = static_cast<std::uint64_t>(history_.failed_attempts) +
                                  static_cast<std::uint64_t>(history_.short_sessions);
    forward->report.publish();
  }
  log_.repeatable().info("ssh.backoff", "waiting before the next attempt",
                         {{"server", server_}, {"attempt", attempts_}, {"next_retry_s", delay}});
  while (!stopping_ && steady_clock::now() < until) co_await changed_.wait_until(until);
  for (auto& forward : forwards_) {
    forward->report.status().backoff = {};
    forward->report.status().next_attempt.reset();
  }
}

Task<Outcome> Supervisor::attempt() {
  using namespace asio::experimental::awaitable_operators;
  const auto began = steady_clock::now();
  ++attempts_;
  for (auto& forward : forwards_) {
    forward->report.metrics().connect_attempted();
    forward->report.status().attempts = attempts_;
  }
  log_.debug("ssh.connecting", "connecting", {{"server", server_}, {"attempt", attempts_}});
  std::optional<Result<ssh::Connected>> attempted;
  co_await (connect_into(attempted) || until_stopping());
  if (!attempted) co_return Outcome{};
  auto& result = *attempted;
  if (result) {
    connected(*result);
    co_return co_await serve(std::move(*result));
  }
  if (stopping_) co_return Outcome{};
  connect_failed(result.error());
  co_return Outcome{.spent = since(began), .permanent = ssh::is_permanent(result.error().code)};
}

// A session that came up in the very moment of stop() must be wound down like any other.
Task<> Supervisor::connect_into(std::optional<Result<ssh::Connected>>& result) {
  result = co_await ssh::connect(options_.ssh, resolver_, *accepted_, *this);
}

Task<Outcome> Supervisor::serve(ssh::Connected session) {
  const auto began = steady_clock::now();
  auto serving = std::make_unique<Serving>(*this, std::move(session.transport));
  auto why = co_await serving->run();
  serving.reset();  // its wire is a channel of the last jump host
  jump_host_.reset();
  if (auto cause = session.hops->cause_of(why)) {
    jump_host_ = cause->index;
    why = std::move(cause->failure);
  }
  co_await session.hops->close(steady_clock::now() + goodbye_timeout);
  const auto up_time = since(began);
  session_ended(why, up_time);
  co_return Outcome{.was_up = true, .up_time = up_time};
}

void Supervisor::connected(const ssh::Connected& session) {
  const auto& report = session.report;
  const auto& algorithms = report.algorithms;
  for (auto& forward : forwards_) {
    auto& status = forward->report.status();
    status.host_key_verified = report.host_key_decision.verified();
    status.session = observe::SessionInfo{report.server_software, algorithms.key_exchange,
                                          algorithms.host_key, algorithms.cipher, algorithms.mac};
    status.key = key_info(report.authentication);
    forward->report.metrics().session_up(
        {report.resolve, report.connect, report.key_exchange, report.authenticate});
  }
  for (const auto& hop : session.hop_reports) log_host_key(hop);
  log_host_key(report);
  log_.info("ssh.connected", "the SSH session is up",
            {{"server", server_},
             {"attempt", attempts_},
             {"fingerprint", ssh::fingerprint(report.host_key.key)},
             {"key_type", report.host_key.key.type},
             {"kex", algorithms.key_exchange},
             {"cipher", algorithms.cipher},
             {"mac", algorithms.mac},
             {"server_software", report.server_software},
             {"auth_methods", report.authentication.methods},
             {"user_key", report.authentication.fingerprint},
             {"duration_s", report.resolve + report.connect + report.key_exchange + report.authenticate}});
}

void Supervisor::log_host_key(const ssh::ConnectReport& report) {
  const auto& [shown_by, key, certificate] = report.host_key;
  const auto& decision = report.host_key_decision;
  const auto server = net::to_string(shown_by);
  const auto fingerprint = ssh::fingerprint(key);
  const auto authority = certificate ? ssh::fingerprint(certificate->authority) : std::string();
  std::vector<observe::Field> fields = {{"server", server},
                                        {"key_type", key.type},
                                        {"fingerprint", fingerprint},
                                        {"verified_by", ssh::to_string(decision.proof)}};
  if (!decision.place.empty()) fields.emplace_back("place", decision.place);
  if (certificate) {
    fields.emplace_back("certificate", certificate->id);
    fields.emplace_back("authority", authority);
  }
  if (!decision.remark.empty()) fields.emplace_back("certificate_problem", decision.remark);
  if (decision.verified()) {
    log_.write(observe::Level::info, "ssh.host_key", "the host key is the server's", fields);
    return;
  }
  const bool unchecked = decision.proof == ssh::HostKeyProof::none;
  fields.emplace_back("hint", "mount a known_hosts file at SSH_KNOWN_HOSTS_FILE to be safe from impostors");
  log_.write(observe::Level::warn, "ssh.host_key",
             unchecked           ? "the host key was not checked against anything"
             : decision.remember ? "the host key was accepted on first sight; from now on only this one is"
                                 : "the host key is the one that was accepted on first sight",
             fields);
}

std::string Supervisor::advice_on(const Failure& failure) const {
  if (jump_host_) return hint_at_jump_host(failure.code, options_.ssh, *jump_host_);
  return hint(failure.code, options_.ssh);
}

void Supervisor::connect_failed(const Failure& failure) {
  const auto reason = connect_failure(failure.code);
  const auto advice = advice_on(failure);
  const auto message = failure.message();
  for (auto& forward : forwards_) forward->report.metrics().connect_failed(reason);
  all_down(ForwardState::backoff, {reason, message, advice});
  const auto level = ssh::is_permanent(failure.code) ? observe::Level::error : observe::Level::warn;
  const observe::Field fields[] = {{"server", server_},
                                   {"reason", to_string(reason)},
                                   {"attempt", attempts_},
                                   {"err", message},
                                   {"hint", advice}};
  log_.repeatable().write(level, event_of(reason), "no SSH session could be had", fields);
}

void Supervisor::session_ended(const Failure& failure, Milliseconds up_time) {
  const auto reason = disconnect(failure.code);
  for (auto& forward : forwards_) {
    forward->report.metrics().session_ended(reason);
    forward->report.status().session.reset();
  }
  const auto message = failure.message();
  if (failure.code == ssh::errc::session_closed) {
    log_.info("ssh.disconnected", "the SSH session was closed",
              {{"server", server_}, {"duration_s", up_time}});
    return;
  }
  const auto advice = advice_on(failure);
  all_down(ForwardState::backoff, {reason, message, advice});
  log_.warn("ssh.disconnected", "the SSH session was lost",
            {{"server", server_},
             {"reason", to_string(reason)},
             {"duration_s", up_time},
             {"err", message},
             {"hint", advice}});
}

void Supervisor::on_step(ssh::ConnectStep step) {
  const auto state = state_of(step);
  for (auto& forward : forwards_) {
    if (forward->report.status().state != state) forward->report.proceed(state);
  }
}

void Supervisor::on_known_hosts_skipped(const ssh::KnownHosts::BadLine& line) {
  log_.repeatable().warn(
      "ssh.known_hosts", "a line of the known_hosts file cannot be read and is skipped",
      {{"line", line.line}, {"reason", line.reason}, {"place", ssh::place_of(line.file, line.line)}});
}

void Supervisor::on_accepted_file_failed(const std::string& problem) {
  log_.warn(
      "ssh.known_hosts", "host keys accepted on first sight are forgotten when towline ends",
      {{"err", problem}, {"hint", "make TOWLINE_STATE_DIR writable, or give the keys with SSH_KNOWN_HOSTS"}});
}

void Supervisor::on_credential_unused(const Failure& problem) {
  log_.repeatable().warn(
      "ssh.credentials", "the user was accepted, but not everything configured for it is of use",
      {{"server", server_}, {"reason", problem.message()}, {"hint", hint(problem.code, options_.ssh)}});
}

void Supervisor::on_received(steady_clock::time_point when) { pulse_.received(when); }

void Supervisor::on_keepalive_sent() {
  for (auto& forward : forwards_) forward->report.metrics().keepalive_sent();
}

void Supervisor::on_keepalive_missed() {
  for (auto& forward : forwards_) forward->report.metrics().keepalive_missed();
}

void Supervisor::on_round_trip(steady_clock::duration time) {
  for (auto& forward : forwards_) forward->report.metrics().round_trip(time);
}

}  // namespace towline::supervisor
