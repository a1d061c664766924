#include "supervisor/supervisor.hpp"

#include "observe/failure_fields.hpp"
#include "ssh/error.hpp"
#include "supervisor/explain.hpp"
#include "supervisor/explain_jump_host.hpp"
#include "supervisor/serving.hpp"

#include <boost/assert.hpp>

#include <utility>

namespace towline::supervisor {

using observe::ForwardState;
using std::chrono::steady_clock;

namespace {

// Board counts a loop as stuck after ten of these.
constexpr std::chrono::seconds beat_interval{1};

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
                       const std::vector<SupervisedForward>& forwards, Turnstile& turnstile,
                       observe::Pulse& pulse, observe::Metrics& metrics, const observe::Log& log)
    : executor_(std::move(executor)),
      options_(std::move(options)),
      turnstile_(turnstile),
      pulse_(pulse),
      metrics_(metrics),
      log_(log),
      resolver_({.family = options_.ssh.socket.family}),
      accepted_(options_.accepted_host_keys),
      barred_until_(options_.pool.servers.size()),
      servings_(executor_),
      changed_(executor_) {
  BOOST_ASSERT_MSG(!options_.pool.servers.empty(), "a supervisor needs a server");
  if (!accepted_) accepted_ = std::make_shared<ssh::AcceptedHostKeys>(options_.ssh.host_key.accepted_file);
  for (const auto& f : forwards) {
    forwards_.push_back(
        std::make_unique<Forward>(f.spec, forward::Report(f.spec, f.metrics, f.slot, log), f.entry));
  }
}

Supervisor::~Supervisor() = default;

void Supervisor::stop() {
  stopping_ = true;
  for (auto* serving : alive_) serving->stop();
  changed_.notify_all();
}

void Supervisor::wake() {
  history_ = {};
  doubtful_.reset();
  barred_until_.assign(barred_until_.size(), {});
  woken_ = true;
  if (current_) current_->check();
  changed_.notify_all();
}

void Supervisor::replace(observe::Disconnect why, Replaced replaced) {
  replaced_.push_back(std::move(replaced));
  replace_ = why;
  if (!current_) wake();
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
  for (auto* serving : alive_) serving->stop();
  co_await servings_.join();
  answer(false);
  all_enter(ForwardState::stopped);
  heart.cancel();
  co_await heart.join();
  co_return ending;
}

void Supervisor::begin_attempt(ServerIndex server) {
  options_.ssh.server = options_.pool.servers[server];
  server_ = net::to_string(options_.ssh.server);
  last_ = server;
  jump_host_.reset();
  ++attempts_;
  if (!beside_) ++starts_;
  for (auto& forward : forwards_) {
    forward->report.metrics().connect_attempted();
    forward->report.status().attempts = attempts_;
    if (!beside_) forward->report.status().server = server_;
  }
  log_.debug("ssh.connecting", "connecting", {{"server", server_}, {"attempt", attempts_}});
}

void Supervisor::connected(const ssh::Connected& session) {
  const auto& report = session.report;
  const auto& algorithms = report.algorithms;
  for (auto& forward : forwards_) {
    auto& status = forward->report.status();
    status.server = server_;
    status.host_key_verified = report.host_key_decision.verified();
    status.session = observe::SessionInfo{report.server_software, algorithms.key_exchange,
                                          algorithms.host_key, algorithms.cipher, algorithms.mac};
    status.probe.reset();
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
  const auto authority = certificate ? ssh::fingerprint(*certificate->authority) : std::string();
  const auto place = decision.place();
  std::vector<observe::Field> fields = {{"server", server},
                                        {"key_type", key.type},
                                        {"fingerprint", fingerprint},
                                        {"verified_by", ssh::to_string(decision.proof)}};
  if (!place.empty()) fields.emplace_back("place", place);
  if (certificate) {
    fields.emplace_back("certificate", certificate->id);
    fields.emplace_back("authority", authority);
  }
  if (!decision.remark.empty()) fields.emplace_back("certificate_problem", decision.remark);
  if (decision.verified()) {
    log_.write(observe::Level::info, "ssh.host_key", "host key verified", fields);
    return;
  }
  const bool unchecked = decision.proof == ssh::HostKeyProof::none;
  fields.emplace_back(
      "hint", "set SSH_KNOWN_HOSTS_FILE or SSH_HOST_KEY_FINGERPRINT, so that nobody can pose as the server");
  log_.write(observe::Level::warn, "ssh.host_key",
             unchecked           ? "host key not checked"
             : decision.remember ? "host key accepted on first use; any other key will now be refused"
                                 : "host key matches the one accepted on first use",
             fields);
}

std::string Supervisor::advice_on(const Failure& failure) const {
  if (jump_host_) return hint_at_jump_host(failure, options_.ssh, *jump_host_);
  return hint(failure, options_.ssh);
}

void Supervisor::connect_failed(const Failure& failure) {
  const auto reason = connect_failure(failure.code);
  const auto advice = advice_on(failure);
  for (auto& forward : forwards_) forward->report.metrics().connect_failed(reason);
  if (!beside_) all_down(ForwardState::backoff, {reason, failure.message(), advice});
  const auto level = ssh::is_permanent(failure.code) ? observe::Level::error : observe::Level::warn;
  log_.repeatable().write(
      level, event_of(reason), "could not establish an SSH session",
      observe::FailureFields({{"server", server_}, {"reason", to_string(reason)}, {"attempt", attempts_}},
                             failure, advice));
}

void Supervisor::session_ended(const Serving& serving, const Failure& failure) {
  const bool closed = failure.code == ssh::errc::session_closed;
  const auto reason = closed && serving.retired() ? *serving.retired() : disconnect(failure.code);
  const auto up_time = since(serving.began());
  for (auto& forward : forwards_) forward->report.metrics().session_ended(reason);
  if (!serving.retired()) {
    for (auto& forward : forwards_) {
      forward->report.status().session.reset();
      forward->report.status().probe.reset();
    }
  }
  if (closed) {
    log_.info("ssh.disconnected", "the SSH session was closed",
              {{"server", serving.server()}, {"reason", to_string(reason)}, {"duration_s", up_time}});
    return;
  }
  const auto advice = advice_on(failure);
  if (!serving.retired()) all_down(ForwardState::backoff, {reason, failure.message(), advice});
  log_.write(observe::Level::warn, "ssh.disconnected", "the SSH session was lost",
             observe::FailureFields(
                 {{"server", serving.server()}, {"reason", to_string(reason)}, {"duration_s", up_time}},
                 failure, advice));
}

void Supervisor::on_step(ssh::ConnectStep step) {
  if (beside_) return;
  const auto state = state_of(step);
  for (auto& forward : forwards_) {
    if (forward->report.status().state != state) forward->report.proceed(state);
  }
}

void Supervisor::on_known_hosts_skipped(const ssh::KnownHosts::BadLine& line) {
  log_.repeatable().warn(
      "ssh.known_hosts", "skipping an invalid known_hosts line",
      {{"line", line.line},
       {"reason", line.reason},
       {"place", ssh::place_of(line.file, line.line)},
       {"hint",
        "correct or remove it; ssh-keyscan prints lines as they must be, and sshd(8) describes them"}});
}

void Supervisor::on_accepted_file_failed(const std::string& problem) {
  log_.warn(
      "ssh.known_hosts", "host keys accepted on first use will be forgotten when towline stops",
      {{"err", problem}, {"hint", "make TOWLINE_STATE_DIR writable, or give the keys with SSH_KNOWN_HOSTS"}});
}

void Supervisor::on_words(const std::string& said) {
  const auto server = jump_host_ ? net::to_string(options_.ssh.jump_hosts[*jump_host_].server) : server_;
  log_.info("ssh.banner", "logged in; the server says", {{"server", server}, {"said", said}});
}

void Supervisor::on_credential_unused(const Failure& problem) {
  log_.repeatable().warn(
      "ssh.credentials", "logged in, but some of the configured credentials could not be used",
      {{"server", server_}, {"reason", problem.message()}, {"hint", hint(problem, options_.ssh)}});
}

}  // namespace towline::supervisor
