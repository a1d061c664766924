#include "check/steps.hpp"

#include "ssh/client/hops.hpp"
#include "ssh/keys/host_key.hpp"
#include "ssh/wire/error.hpp"
#include "supervisor/explain.hpp"
#include "supervisor/explain_words.hpp"

#include <array>
#include <utility>

namespace towline::check {

namespace {

using ssh::ConnectStep;
using Clock = std::chrono::steady_clock;

constexpr std::string_view ssh_banner = "SSH-";  // RFC 4253, 4.2

constexpr std::array in_order = {CheckStep::dns,          CheckStep::tcp,      CheckStep::banner,
                                 CheckStep::key_exchange, CheckStep::host_key, CheckStep::authentication,
                                 CheckStep::session};

CheckStep step_of(ConnectStep step) {
  switch (step) {
    case ConnectStep::resolve: return CheckStep::dns;
    case ConnectStep::connect: return CheckStep::tcp;
    case ConnectStep::key_exchange: return CheckStep::key_exchange;
    case ConnectStep::host_key: return CheckStep::host_key;
    case ConnectStep::authenticate: return CheckStep::authentication;
  }
  return CheckStep::dns;
}

}  // namespace

CheckSteps::CheckSteps(const net::HostPort& server, const ssh::Options& options, CheckReport& report)
    : options_(options), servers_(ssh::servers_on_the_way(server, options)), report_(report) {}

CheckLine CheckSteps::line(CheckStep step, std::string detail) const {
  return {.step = step, .subject = net::to_string(server().server), .detail = std::move(detail)};
}

void CheckSteps::warn(CheckStep step, std::string detail, std::string hint) {
  auto warning = line(step, std::move(detail));
  warning.result = CheckResult::warning;
  warning.hint = std::move(hint);
  report_.add(std::move(warning));
}

// What is known of a step before it ends.
void CheckSteps::above(const ssh::Visit& visit, ConnectStep step) {
  if (step == ConnectStep::key_exchange) report_.add(line(CheckStep::banner, visit.server_software));
  if (step == ConnectStep::host_key && !visit.accepted_file_problem.empty())
    warn(CheckStep::host_key, visit.accepted_file_problem);
}

std::string CheckSteps::detail(const ssh::Visit& visit, ConnectStep step) const {
  std::string text;
  switch (step) {
    case ConnectStep::resolve:
      for (const auto& endpoint : visit.endpoints)
        text += (text.empty() ? "" : ", ") + endpoint.address().to_string();
      break;
    case ConnectStep::connect: break;
    case ConnectStep::key_exchange:
      return visit.algorithms.key_exchange + ", " + visit.algorithms.to_server.cipher;
    case ConnectStep::host_key: return host_key_text(visit.host_key.key, visit.host_key_decision);
    case ConnectStep::authenticate:
      return "as " + server().user + (visit.said.empty() ? "" : "; the server says " + visit.said);
  }
  return text;
}

void CheckSteps::passed(const ssh::Visit& visit, const ssh::Visit::Step& step) {
  above(visit, step.step);
  auto done = line(step_of(step.step), detail(visit, step.step));
  done.took = step.took;
  report_.add(std::move(done));
  if (step.step == ConnectStep::host_key && !visit.host_key_decision.verified()) {
    warn(CheckStep::host_key, "the host key was not compared with anything",
         "compare the fingerprint on the server, then set SSH_KNOWN_HOSTS_FILE or SSH_HOST_KEY_FINGERPRINT");
  }
  if (step.step == ConnectStep::authenticate) {
    auto hint = supervisor::hint_of(visit.said, server().user);
    if (!hint.empty())
      warn(CheckStep::authentication, "the login works, but the server asks for something", std::move(hint));
  }
}

// What worked: all steps, or all but the last.
void CheckSteps::passed(const ssh::Trace& trace, bool all) {
  for (at_ = 0; at_ < trace.visits.size(); ++at_) {
    const auto& visit = trace.visits[at_];
    const bool failed = !all && at_ + 1 == trace.visits.size();
    for (const auto& skipped : visit.bad_lines) warn(CheckStep::host_key, ssh::damage_text(skipped));
    for (const auto& step : visit.steps) {
      if (!failed || &step != &visit.steps.back()) passed(visit, step);
    }
  }
}

void CheckSteps::arrived(const ssh::Trace& trace) {
  passed(trace, true);
  speak_of(std::nullopt);
}

void CheckSteps::failed(const Failure& failure, const ssh::Trace& trace) {
  passed(trace, false);
  speak_of(trace.jump_host);
  const auto& visit = trace.visits.back();
  const bool began = !visit.steps.empty();
  const auto reached = began ? visit.steps.back().step : ConnectStep::resolve;
  const auto step = failed_step(reached, visit.server_software.starts_with(ssh_banner), failure.code);
  if (began && step != CheckStep::banner) above(visit, reached);
  auto broken = line(step, failure.message());
  const auto& key = visit.host_key.key;
  if (step == CheckStep::host_key && !key.type.empty())
    broken.detail += "; the server shows " + key.type + ' ' + ssh::fingerprint(key);
  broken.hint = hint(failure);
  if (began) broken.took = visit.steps.back().took;
  report_.fail(std::move(broken), check_exit_code(step, failure.code));
  skip_rest(step);
}

void CheckSteps::session_kept(Clock::duration after) {
  auto kept = line(CheckStep::session, "still there after the login");
  kept.took = after;
  report_.add(std::move(kept));
}

void CheckSteps::session_lost(const SessionLoss& loss) {
  speak_of(loss.jump_host);
  const auto* when = loss.after_login ? "lost right after the login: " : "lost meanwhile: ";
  auto lost = line(CheckStep::session, when + loss.why.message());
  const bool by_server = loss.why.code == ssh::errc::peer_closed ||
                         loss.why.code == ssh::errc::peer_disconnected ||
                         loss.why.code == ssh::errc::transport_failed;
  lost.hint = loss.after_login && by_server
                  ? "the server's log says why: often the account's home or shell, a ChrootDirectory that is "
                    "missing or not root's, or a limit on sessions"
                  : hint(loss.why.code);
  report_.fail(std::move(lost), check_exit_code(CheckStep::session, loss.why.code));
}

std::string CheckSteps::hint(const Failure& failure) const {
  const auto jump_host = at_jump_host() ? std::optional(at_) : std::nullopt;
  return supervisor::hint(failure, supervisor::peer_of(servers_.back().server, options_, jump_host));
}

void CheckSteps::skip_rest(CheckStep failed) {
  bool behind = false;
  for (const auto step : in_order) {
    const bool passed_by = step == CheckStep::session && at_jump_host();
    if (behind && !passed_by) {
      auto skipped = line(step, {});
      skipped.result = CheckResult::skipped;
      report_.add(std::move(skipped));
    }
    behind = behind || step == failed;
  }
}

}  // namespace towline::check
