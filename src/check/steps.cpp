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

CheckLine CheckSteps::line(CheckStep step) const {
  return {.step = step, .subject = net::to_string(server().server)};
}

void CheckSteps::on_jump_host(std::optional<std::size_t> index) {
  const auto next = index.value_or(servers_.size() - 1);
  if (next > at_) close_step();
  at_ = next;
}

void CheckSteps::on_step(ConnectStep step) {
  close_step();
  open_ = step;
  began_ = Clock::now();
  if (step == ConnectStep::authenticate) detail_ = "as " + server().user;
}

void CheckSteps::close_step() {
  if (!open_) return;
  auto done = line(step_of(*open_));
  done.detail = std::exchange(detail_, {});
  done.took = Clock::now() - began_;
  report_.add(std::move(done));
  open_.reset();
  for (auto& warning : std::exchange(warnings_, {})) report_.add(std::move(warning));
}

CheckLine CheckSteps::warning(CheckStep step, std::string detail) const {
  auto warning = line(step);
  warning.result = CheckResult::warning;
  warning.detail = std::move(detail);
  return warning;
}

void CheckSteps::on_known_hosts_skipped(const ssh::KnownHosts::BadLine& skipped) {
  report_.add(warning(CheckStep::host_key, ssh::damage_text(skipped)));
}

void CheckSteps::on_accepted_file_failed(const std::string& problem) {
  report_.add(warning(CheckStep::host_key, problem));
}

void CheckSteps::on_resolved(const net::Endpoints& endpoints) {
  for (const auto& endpoint : endpoints)
    detail_ += (detail_.empty() ? "" : ", ") + endpoint.address().to_string();
}

void CheckSteps::on_server_shown(const ssh::ClientTransport& transport) {
  auto banner = line(CheckStep::banner);
  banner.detail = transport.peer_software();
  report_.add(std::move(banner));
  const auto algorithms = transport.negotiated();
  detail_ = algorithms.key_exchange + ", " + algorithms.cipher;
  close_step();
  detail_ = "the server shows " + transport.host_key().type + ' ' + ssh::fingerprint(transport.host_key());
}

void CheckSteps::on_words(const std::string& said) {
  detail_ += "; the server says " + said;
  auto hint = supervisor::hint_of(said, server().user);
  if (hint.empty()) return;
  warnings_.push_back(
      warning(CheckStep::authentication, "the login works, but the server asks for something"));
  warnings_.back().hint = std::move(hint);
}

void CheckSteps::on_host_key_accepted(const ssh::ShownHostKey& shown, const ssh::HostKeyDecision& decision) {
  detail_ = host_key_text(shown.key, decision);
  if (decision.verified()) return;
  warnings_.push_back(warning(CheckStep::host_key, "the host key was not compared with anything"));
  warnings_.back().hint =
      "compare the fingerprint on the server, then set SSH_KNOWN_HOSTS_FILE or SSH_HOST_KEY_FINGERPRINT";
}

void CheckSteps::on_handshake_failed(const ssh::ClientTransport& transport) {
  software_ = transport.peer_software();
}

void CheckSteps::arrived() { close_step(); }

void CheckSteps::session_kept(Clock::duration after) {
  auto kept = line(CheckStep::session);
  kept.detail = "still there after the login";
  kept.took = after;
  report_.add(std::move(kept));
}

void CheckSteps::session_lost(const SessionLoss& loss) {
  at_ = loss.jump_host.value_or(servers_.size() - 1);
  auto lost = line(CheckStep::session);
  lost.detail = (loss.after_login ? "lost right after the login: " : "lost meanwhile: ") + loss.why.message();
  const bool by_server = loss.why.code == ssh::errc::peer_closed ||
                         loss.why.code == ssh::errc::peer_disconnected ||
                         loss.why.code == ssh::errc::transport_failed;
  lost.hint = loss.after_login && by_server
                  ? "the server's log says why: often the account's home or shell, a ChrootDirectory that is "
                    "missing or not root's, or a limit on sessions"
                  : hint(loss.why.code);
  report_.fail(std::move(lost), check_exit_code(CheckStep::session, loss.why.code));
}

void CheckSteps::failed(const Failure& failure) {
  const auto step =
      failed_step(open_.value_or(ConnectStep::resolve), software_.starts_with(ssh_banner), failure.code);
  if (step == CheckStep::key_exchange) {
    auto banner = line(CheckStep::banner);
    banner.detail = software_;
    report_.add(std::move(banner));
  }
  auto broken = line(step);
  broken.detail = failure.message() + (step == CheckStep::host_key && !detail_.empty() ? "; " + detail_ : "");
  broken.hint = hint(failure);
  if (open_) broken.took = Clock::now() - began_;
  open_.reset();
  report_.fail(std::move(broken), check_exit_code(step, failure.code));
  skip_rest(step);
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
      auto skipped = line(step);
      skipped.result = CheckResult::skipped;
      report_.add(std::move(skipped));
    }
    behind = behind || step == failed;
  }
}

}  // namespace towline::check
