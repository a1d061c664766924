#include "check/forwards.hpp"

#include "admin/healthcheck.hpp"
#include "async/task_group.hpp"
#include "check/publish.hpp"
#include "forward/explain.hpp"
#include "forward/reach_proof.hpp"
#include "forward/remote_listening.hpp"
#include "net/connect.hpp"
#include "net/error.hpp"
#include "net/listen.hpp"
#include "net/unix_socket.hpp"
#include "ssh/client/forwarding_rules.hpp"
#include "ssh/client/session.hpp"
#include "ssh/wire/error.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

namespace towline::check {

namespace {

using forward::ForwardSpec;
using forward::Mode;
using forward::Reach;
using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds target_timeout_max{10};  // somebody waits for the report
constexpr std::chrono::seconds ask_timeout{2};

bool has_target(const ForwardSpec& spec, bool shares_sessions) {
  return spec.mode == Mode::local || spec.mode == Mode::remote ||
         (spec.mode == Mode::share && shares_sessions);
}

CheckLine line(CheckStep step, const ForwardSpec& spec) { return {.step = step, .subject = spec.name}; }

void skip(CheckReport& report, CheckStep step, const ForwardSpec& spec) {
  auto skipped = line(step, spec);
  skipped.result = CheckResult::skipped;
  report.add(std::move(skipped));
}

Deadline target_deadline(const ForwardSpec& spec) {
  return Clock::now() + std::min(spec.target_timeout, target_timeout_max);
}

class ForwardChecks {
 public:
  ForwardChecks(const CheckStage& stage, CheckSession& session, CheckSteps& steps)
      : stage_(stage), session_(session), steps_(steps) {}

  // Where a tunnel service is to make the -R public.
  Task<> meet_service();
  Task<> leave_service();
  Task<> check(const ForwardSpec& spec);

 private:
  Task<> remote_listener(const ForwardSpec& spec);
  Task<std::optional<Reach>> prove_reach(const ForwardSpec& spec, ssh::RemoteListener& listener);
  Task<> give_back(forward::RemoteListening& listening);
  void add_reach(CheckLine listening, const net::HostPort& listen, Reach reach);
  Task<> local_listener(const ForwardSpec& spec);
  Task<std::optional<Failure>> try_bind(const ForwardSpec& spec);
  Task<> not_bound(const ForwardSpec& spec, forward::Explanation why);
  Task<bool> runs_here(const ForwardSpec& spec);
  Task<> target(const ForwardSpec& spec);
  Task<> command(const ForwardSpec& spec);
  Task<std::optional<Failure>> reach_from_here(const ForwardSpec& spec);
  Task<std::optional<Failure>> reach_through(const ForwardSpec& spec);
  bool skipped_for(const Failure& failure, CheckStep step, const ForwardSpec& spec);
  Deadline answer_deadline() const { return Clock::now() + stage_.ssh.connect_timeout; }

  const CheckStage& stage_;
  CheckSession& session_;
  CheckSteps& steps_;
  std::optional<PublishCheck> service_;
  bool lost_ = false;
};

Task<> ForwardChecks::meet_service() {
  const auto is_remote = [](const ForwardSpec& spec) { return spec.mode == Mode::remote; };
  if (!stage_.publish.service || std::ranges::none_of(stage_.forwards, is_remote)) co_return;
  service_.emplace(session_.session(), stage_.publish, stage_.forwards, stage_.ssh.connect_timeout,
                   stage_.report);
  co_await service_->start();
}

Task<> ForwardChecks::leave_service() {
  if (service_) co_await service_->stop();
}

Task<> ForwardChecks::check(const ForwardSpec& spec) {
  if (spec.mode == Mode::remote) {
    co_await remote_listener(spec);
  } else {
    co_await local_listener(spec);
  }
  if (!has_target(spec, stage_.shares_sessions)) co_return;
  if (spec.mode == Mode::share) {
    co_await command(spec);
  } else {
    co_await target(spec);
  }
}

// Nobody has answered, because the session is over: that is said once.
bool ForwardChecks::skipped_for(const Failure& failure, CheckStep step, const ForwardSpec& spec) {
  if (is_servers_answer(failure.code)) return false;
  if (!std::exchange(lost_, true)) steps_.session_lost(session_.loss(failure));
  skip(stage_.report, step, spec);
  return true;
}

// Somebody listens there already. Is it the towline that this one is to find out about?
Task<bool> ForwardChecks::runs_here(const ForwardSpec& spec) {
  if (!stage_.admin.listen) co_return false;
  const auto readiness =
      co_await admin::ask_forward(*stage_.admin.listen, spec.name, Clock::now() + ask_timeout);
  co_return readiness.ready;
}

Task<> ForwardChecks::not_bound(const ForwardSpec& spec, forward::Explanation why) {
  auto result = line(CheckStep::forward, spec);
  if (co_await runs_here(spec)) {
    result.detail = "in use by the towline that runs here, which has it up";
    stage_.report.add(std::move(result));
    co_return;
  }
  result.detail = std::move(why.detail);
  result.hint = std::move(why.hint);
  stage_.report.fail(std::move(result), ExitCode::cannot_create);
}

Task<> ForwardChecks::remote_listener(const ForwardSpec& spec) {
  auto listening = co_await forward::listen_on_server(session_.session(), spec, spec.listen.port,
                                                      stage_.ssh.connect_timeout);
  if (!listening) {
    if (skipped_for(listening.error(), CheckStep::forward, spec)) co_return;
    const bool silent = listening.error().code == ssh::errc::forward_timeout;
    auto why = forward::listen_refusal(
        spec, spec.listen.port, silent ? observe::SetupFailure::timeout : observe::SetupFailure::refused,
        listening.error().detail);
    if (service_) service_->refused(spec);
    if (service_) why.detail += service_->said();
    co_return co_await not_bound(spec, std::move(why));
  }
  auto result = line(CheckStep::forward, spec);
  result.detail = "the server listens on " + listening->where;
  if (!listening->missing.empty()) result.detail += ", and not on " + listening->missing;
  if (service_) {
    stage_.report.add(std::move(result));
    co_await service_->address(spec, listening->port());
    co_return co_await give_back(*listening);
  }
  if (!forward::is_meant_for_others(spec)) {
    co_await give_back(*listening);
    stage_.report.add(std::move(result));
    co_return;
  }
  const net::HostPort listen{spec.listen.host, listening->port()};
  const auto reach = co_await prove_reach(spec, listening->listeners.front());
  if (!reach) {
    skipped_for(ssh::errc::session_closed, CheckStep::forward, spec);
    co_return;
  }
  add_reach(std::move(result), listen, *reach);
}

Task<> ForwardChecks::give_back(forward::RemoteListening& listening) {
  for (auto& listener : listening.listeners) co_await listener.cancel(answer_deadline());
}

Task<> offer(forward::ReachProof& proof, ssh::RemoteListener& listener) {
  for (;;) {
    auto incoming = co_await listener.accept();
    if (!incoming) co_return;
    proof.take(*incoming, false);
  }
}

Task<std::optional<Reach>> ForwardChecks::prove_reach(const ForwardSpec& spec,
                                                      ssh::RemoteListener& listener) {
  const auto executor = co_await asio::this_coro::executor;
  forward::ReachProof proof(executor, session_.session(), [](ssh::Incoming, bool) {});
  TaskGroup offering(executor);
  offering.spawn(offer(proof, listener));
  const auto reach = co_await proof.run(spec, stage_.server_address, listener.bound_port());
  co_await listener.cancel(answer_deadline());
  co_await offering.join();
  co_return reach;
}

void ForwardChecks::add_reach(CheckLine listening, const net::HostPort& listen, Reach reach) {
  auto doubt = listening;
  doubt.detail = forward::reach_text(reach, listen);
  doubt.hint = forward::reach_hint(reach);
  if (reach == Reach::loopback_only) return stage_.report.fail(std::move(doubt), ExitCode::cannot_create);
  if (reach == Reach::proved) listening.detail += ", and is reached there";
  stage_.report.add(std::move(listening));
  if (reach == Reach::proved) return;
  doubt.result = CheckResult::warning;
  stage_.report.add(std::move(doubt));
}

Task<std::optional<Failure>> ForwardChecks::try_bind(const ForwardSpec& spec) {
  if (spec.listen_path.empty()) {
    auto listening = co_await net::listen(spec.listen, stage_.resolver, answer_deadline());
    if (!listening) co_return listening.error();
    co_return std::nullopt;
  }
  const auto executor = co_await asio::this_coro::executor;
  auto listening = net::listen_unix(executor, spec.listen_path, {});
  const bool would_be_removed =
      spec.stream_local.bind_unlink && !listening && listening.error().code == net::errc::stale_socket;
  if (listening || would_be_removed) co_return std::nullopt;
  co_return listening.error();
}

Task<> ForwardChecks::local_listener(const ForwardSpec& spec) {
  const auto refused = co_await try_bind(spec);
  if (refused) co_return co_await not_bound(spec, forward::bind_refusal(spec, *refused));
  auto result = line(CheckStep::forward, spec);
  result.detail = forward::listen_text(spec) + " can be bound";
  stage_.report.add(std::move(result));
}

// The target of -R.
Task<std::optional<Failure>> ForwardChecks::reach_from_here(const ForwardSpec& spec) {
  if (!spec.connect_path.empty()) {
    auto socket = co_await net::connect_unix(spec.connect_path, target_deadline(spec));
    if (!socket) co_return socket.error();
    co_return std::nullopt;
  }
  auto socket = co_await net::connect(spec.connect, stage_.resolver, target_deadline(spec));
  if (!socket) co_return socket.error();
  co_return std::nullopt;
}

// The target of -L, from the server.
Task<std::optional<Failure>> ForwardChecks::reach_through(const ForwardSpec& spec) {
  ssh::connection::OpenRequest request = ssh::connection::DirectTcpip{spec.connect, {"127.0.0.1", 0}};
  if (!spec.connect_path.empty()) request = ssh::connection::DirectStreamlocal{spec.connect_path};
  auto channel = co_await session_.session().open(std::move(request), target_deadline(spec));
  if (!channel) co_return channel.error();
  channel->close();
  co_return std::nullopt;
}

Task<> ForwardChecks::target(const ForwardSpec& spec) {
  const bool from_here = spec.mode == Mode::remote;
  std::optional<Failure> failure;
  if (from_here) {
    failure = co_await reach_from_here(spec);
  } else {
    failure = co_await reach_through(spec);
  }
  const std::string where = from_here ? " from here" : " from the server";
  auto result = line(CheckStep::target, spec);
  if (!failure) {
    result.detail = forward::connect_text(spec) + " answers" + where;
    stage_.report.add(std::move(result));
    co_return;
  }
  if (!from_here && skipped_for(*failure, CheckStep::target, spec)) co_return;
  // The server's words, or else our sentence, which says no more than the line does.
  const bool said = failure->code == ssh::errc::open_connect_failed && !failure->detail.empty();
  result.detail = forward::connect_text(spec) + " cannot be reached" + where + ": " +
                  (said ? failure->detail : failure->message());
  result.hint =
      "check SSH_TARGET_HOST and SSH_TARGET_PORT (or the forward's target), and that something listens "
      "there, as seen" +
      where;
  if (failure->code == ssh::errc::open_administratively_prohibited)
    result.hint = "the server forbids it: see " + ssh::rules_on_opening;
  stage_.report.fail(std::move(result), check_exit_code(CheckStep::target, failure->code));
}

// What clients of -S do most: a session channel is opened, and nothing is run in it.
Task<> ForwardChecks::command(const ForwardSpec& spec) {
  auto channel = co_await session_.session().open(ssh::connection::SessionChannel{}, answer_deadline());
  auto result = line(CheckStep::target, spec);
  if (channel) {
    channel->close();
    result.detail = "the server opens sessions";
    co_return stage_.report.add(std::move(result));
  }
  const auto& failure = channel.error();
  if (skipped_for(failure, CheckStep::target, spec)) co_return;
  result.detail = "the server opens no session: " + failure.message();
  result.hint =
      "allow the account commands (MaxSessions of sshd), or leave session out of TOWLINE_SHARE_ALLOW";
  stage_.report.fail(std::move(result), check_exit_code(CheckStep::target, failure.code));
}

}  // namespace

Task<> check_forwards(CheckStage stage, CheckSession& session, CheckSteps& steps) {
  ForwardChecks checks(stage, session, steps);
  co_await checks.meet_service();
  for (const auto& spec : stage.forwards) co_await checks.check(spec);
  co_await checks.leave_service();
}

void skip_forwards(const CheckStage& stage) {
  for (const auto& spec : stage.forwards) {
    skip(stage.report, CheckStep::forward, spec);
    if (has_target(spec, stage.shares_sessions)) skip(stage.report, CheckStep::target, spec);
  }
}

}  // namespace towline::check
