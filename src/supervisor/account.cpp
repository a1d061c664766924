#include "supervisor/account.hpp"

#include "observe/failure_fields.hpp"
#include "ssh/wire/error.hpp"
#include "supervisor/explain.hpp"
#include "supervisor/explain_words.hpp"

#include <initializer_list>
#include <utility>
#include <vector>

namespace towline::supervisor {

using observe::ForwardState;
using observe::Level;

namespace {

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

Account::Account(const ssh::Options& options, observe::Metrics& metrics, const observe::Log& log)
    : options_(options), metrics_(metrics), log_(log) {}

forward::Report& Account::add(const forward::ForwardSpec& spec, observe::ForwardMetrics& metrics,
                              observe::ForwardSlot& slot) {
  return reports_.emplace_back(spec, metrics, slot, log_);
}

void Account::all_enter(ForwardState state) {
  for (auto& report : reports_) report.enter(state);
}

void Account::all_down(const forward::Explanation& why) {
  for (auto& report : reports_) report.down(ForwardState::backoff, why);
}

void Account::attempt(const net::HostPort& server, bool beside) {
  server_ = server;
  beside_ = beside;
  ++attempts_;
  for (auto& report : reports_) {
    report.metrics().connect_attempted();
    report.status().attempts = attempts_;
    if (!beside_) report.status().server = net::to_string(server);
  }
  log_.debug("ssh.connecting", "connecting", {{"server", where()}, {"attempt", attempts_}});
}

void Account::news(const ssh::Trace& trace, ssh::News news) {
  const auto& visit = trace.visits.back();
  switch (news) {
    case ssh::News::step: return show(visit.steps.back().step);
    case ssh::News::known_hosts:
      for (const auto& line : visit.bad_lines) log_bad_line(line);
      return;
    case ssh::News::accepted_file: return log_accepted_file(visit.accepted_file_problem);
    case ssh::News::logged_in: return log_login(visit, peer(trace));
  }
}

void Account::connected(const ssh::Trace& trace) {
  using ssh::ConnectStep;
  const auto& server = trace.visits.back();
  const auto agreed = observe::session_algorithms(server.algorithms);
  const observe::ConnectDurations took{trace.took(ConnectStep::resolve), trace.took(ConnectStep::connect),
                                       trace.took(ConnectStep::key_exchange),
                                       trace.took(ConnectStep::authenticate)};
  for (auto& forward : reports_) {
    auto& status = forward.status();
    status.server = where();
    status.host_key_verified = server.host_key_decision.verified();
    status.session = observe::SessionInfo{server.server_software, agreed};
    status.probe.reset();
    status.key = key_info(server.authentication);
    forward.metrics().session_up(took);
  }
  for (const auto& visit : trace.visits) log_host_key(visit);
  const auto place = where();
  const auto fingerprint = ssh::fingerprint(server.host_key.key);
  std::vector<observe::Field> fields{{"server", place},
                                     {"attempt", attempts_},
                                     {"fingerprint", fingerprint},
                                     {"key_type", server.host_key.key.type}};
  for (const auto& field : observe::fields_of(agreed)) fields.push_back(field);
  fields.emplace_back("server_software", server.server_software);
  fields.emplace_back("auth_methods", server.authentication.methods);
  fields.emplace_back("user_key", server.authentication.fingerprint);
  fields.emplace_back("duration_s", took.dns + took.tcp + took.handshake + took.auth);
  log_.write(Level::info, "ssh.connected", "the SSH session is up", fields);
}

void Account::log_host_key(const ssh::Visit& visit) const {
  const auto& [shown_by, key, certificate] = visit.host_key;
  const auto& decision = visit.host_key_decision;
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
    log_.write(Level::info, "ssh.host_key", "host key verified", fields);
    return;
  }
  const bool unchecked = decision.proof == ssh::HostKeyProof::none;
  fields.emplace_back(
      "hint", "set SSH_KNOWN_HOSTS_FILE or SSH_HOST_KEY_FINGERPRINT, so that nobody can pose as the server");
  log_.write(Level::warn, "ssh.host_key",
             unchecked           ? "host key not checked"
             : decision.remember ? "host key accepted on first use; any other key will now be refused"
                                 : "host key matches the one accepted on first use",
             fields);
}

void Account::connect_failed(const Failure& failure, const ssh::Trace& trace) {
  const auto reason = connect_failure(failure.code);
  const auto advice = hint(failure, peer(trace));
  for (auto& report : reports_) report.metrics().connect_failed(reason);
  if (!beside_) all_down({reason, failure.message(), advice});
  const auto level = ssh::is_permanent(failure.code) ? Level::error : Level::warn;
  log_.repeatable().write(
      level, event_of(reason), "could not establish an SSH session",
      observe::FailureFields({{"server", where()}, {"reason", to_string(reason)}, {"attempt", attempts_}},
                             failure, advice));
}

void Account::waiting(Milliseconds delay, const History& history) {
  const auto failures = static_cast<std::uint64_t>(history.failed_attempts) +
                        static_cast<std::uint64_t>(history.short_sessions);
  const observe::Instant next{std::chrono::steady_clock::now() + delay, observe::Wall::now() + delay};
  for (auto& report : reports_) {
    auto& status = report.status();
    status.state = ForwardState::backoff;
    status.backoff = delay;
    status.next_attempt = next;
    status.consecutive_failures = failures;
    report.publish();
  }
  log_.repeatable().info("ssh.backoff", "waiting to reconnect",
                         {{"server", where()}, {"attempt", attempts_}, {"next_retry_s", delay}});
}

void Account::waited() {
  for (auto& report : reports_) {
    report.status().backoff = {};
    report.status().next_attempt.reset();
  }
}

void Account::keepalive_sent() {
  for (auto& report : reports_) report.metrics().keepalive_sent();
}

void Account::keepalive_missed() {
  for (auto& report : reports_) report.metrics().keepalive_missed();
}

void Account::round_trip(std::chrono::steady_clock::duration time) {
  for (auto& report : reports_) report.metrics().round_trip(time);
}

void Account::session_ended(const SessionEnd& end) {
  const bool closed = end.failure.code == ssh::errc::session_closed;
  const auto reason = closed && end.retired ? *end.retired : disconnect(end.failure.code);
  for (auto& report : reports_) report.metrics().session_ended(reason);
  if (!end.retired) {
    for (auto& report : reports_) {
      report.status().session.reset();
      report.status().probe.reset();
    }
  }
  const auto server = net::to_string(end.server);
  const std::initializer_list<observe::Field> fields{
      {"server", server}, {"reason", to_string(reason)}, {"duration_s", end.up_time}};
  if (closed) {
    log_.info("ssh.disconnected", "the SSH session was closed", fields);
    return;
  }
  const auto advice = hint(end.failure, peer_of(end.server, options_, end.jump_host));
  if (!end.retired) all_down({reason, end.failure.message(), advice});
  log_.write(Level::warn, "ssh.disconnected", "the SSH session was lost",
             observe::FailureFields(fields, end.failure, advice));
}

void Account::unmatched(const net::HostPort& server, const ssh::UnmatchedChannel& channel) {
  const auto outcome = unmatched_channel(channel.fit);
  metrics_.channel_unmatched(outcome);
  const bool joined = outcome == observe::UnmatchedChannel::joined;
  if (joined && std::exchange(told_of_names_, true)) return;
  const auto name = net::to_string(server);
  const auto client = net::to_string(channel.originator);
  const std::vector<observe::Field> fields{{"reason", to_string(outcome)},   {"server", name},
                                           {"type", channel.type},           {"named", channel.named},
                                           {"asked", channel.asked},         {"client", client},
                                           {"hint", unmatched_hint(outcome)}};
  log_.repeatable().write(joined ? Level::info : Level::warn, "channel.unmatched", unmatched_text(outcome),
                          fields);
}

void Account::show(ssh::ConnectStep step) {
  if (beside_) return;
  const auto state = state_of(step);
  for (auto& report : reports_) {
    if (report.status().state != state) report.proceed(state);
  }
}

void Account::log_bad_line(const ssh::KnownHosts::BadLine& line) const {
  log_.repeatable().warn(
      "ssh.known_hosts", "skipping an invalid known_hosts line",
      {{"line", line.line},
       {"reason", line.reason},
       {"place", ssh::place_of(line.file, line.line)},
       {"hint",
        "correct or remove it; ssh-keyscan prints lines as they must be, and sshd(8) describes them"}});
}

void Account::log_accepted_file(const std::string& problem) const {
  log_.warn(
      "ssh.known_hosts", "host keys accepted on first use will be forgotten when towline stops",
      {{"err", problem}, {"hint", "make TOWLINE_STATE_DIR writable, or give the keys with SSH_KNOWN_HOSTS"}});
}

// Words that are known mean trouble, now or soon.
void Account::log_words(std::string_view event, std::string_view text, const Peer& peer,
                        const std::string& said) const {
  const auto server = net::to_string(peer.address);
  const auto advice = hint_of(said, peer.user);
  std::vector<observe::Field> fields{{"server", server}, {"said", said}};
  if (!advice.empty()) fields.emplace_back("hint", advice);
  log_.repeatable().write(advice.empty() ? Level::info : Level::warn, event, text, fields);
}

void Account::log_login(const ssh::Visit& visit, const Peer& peer) const {
  if (!visit.said.empty()) log_words("ssh.banner", "logged in; the server says", peer, visit.said);
  for (const auto& problem : visit.authentication.problems) {
    log_.repeatable().warn("ssh.credentials",
                           "logged in, but some of the configured credentials could not be used",
                           {{"server", where()},
                            {"reason", problem.message()},
                            {"hint", hint(problem, peer_of(server_, options_))}});
  }
}

void Account::message(const net::HostPort& server, const std::string& said) const {
  log_words("ssh.message", "the server says", peer_of(server, options_), said);
}

}  // namespace towline::supervisor
