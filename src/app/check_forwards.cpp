#include "app/check_forwards.hpp"

#include "admin/healthcheck.hpp"
#include "async/task_group.hpp"
#include "forward/refusal.hpp"
#include "net/connect.hpp"
#include "net/error.hpp"
#include "net/listen.hpp"
#include "net/unix_socket.hpp"
#include "ssh/error.hpp"
#include "ssh/forwarding_rules.hpp"
#include "ssh/session.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

namespace towline::app {

namespace {

using forward::ForwardSpec;
using forward::Mode;
using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds target_timeout_max{10};  // somebody waits for the report
constexpr std::chrono::seconds ask_timeout{2};
constexpr std::chrono::seconds goodbye_timeout{1};

class NoObserver final : public ssh::SessionObserver {
  void on_received(Clock::time_point) override {}
  void on_keepalive_sent() override {}
  void on_keepalive_missed() override {}
  void on_round_trip(Clock::duration) override {}
  void on_unmatched(const ssh::connection::UnmatchedChannel&) override {}
};

CheckLine line(CheckStep step, const ForwardSpec& spec) { return {.step = step, .subject = spec.name}; }

// Somebody listens there already. Is it the towline that this one is to find out about?
Task<bool> runs_here(CheckStage stage, const ForwardSpec& spec) {
  if (!stage.admin.listen) co_return false;
  const auto readiness =
      co_await admin::ask_forward(*stage.admin.listen, spec.name, Clock::now() + ask_timeout);
  co_return readiness.ready;
}

Task<> not_bound(CheckStage stage, const ForwardSpec& spec, forward::Explanation why) {
  auto result = line(CheckStep::forward, spec);
  if (co_await runs_here(stage, spec)) {
    result.detail = "in use by the towline that runs here, which has it up";
    stage.report.add(std::move(result));
    co_return;
  }
  result.detail = std::move(why.detail);
  result.hint = std::move(why.hint);
  stage.report.fail(std::move(result), ExitCode::cannot_create);
}

Task<> check_remote_listener(CheckStage stage, const ForwardSpec& spec, ssh::Session& session) {
  ssh::connection::ListenAddress address{spec.listen, spec.listen_path};
  if (!spec.listen_path.empty()) address.tcp = {};
  auto listener = co_await session.listen(address, Clock::now() + stage.ssh.connect_timeout);
  if (!listener) {
    const bool silent = listener.error().code == ssh::errc::forward_timeout;
    auto why = forward::listen_refusal(
        spec, spec.listen.port, silent ? observe::SetupFailure::timeout : observe::SetupFailure::refused);
    co_return co_await not_bound(stage, spec, std::move(why));
  }
  auto result = line(CheckStep::forward, spec);
  result.detail = "the server listens on ";
  result.detail += spec.listen_path.empty() ? net::to_string({spec.listen.host, listener->bound_port()})
                                            : spec.listen_path;
  co_await listener->cancel(Clock::now() + stage.ssh.connect_timeout);
  stage.report.add(std::move(result));
}

Task<std::optional<Failure>> try_bind(CheckStage stage, const ForwardSpec& spec) {
  if (spec.listen_path.empty()) {
    auto listening =
        co_await net::listen(spec.listen, stage.resolver, Clock::now() + stage.ssh.connect_timeout);
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

Task<> check_local_listener(CheckStage stage, const ForwardSpec& spec) {
  const auto refused = co_await try_bind(stage, spec);
  if (refused) co_return co_await not_bound(stage, spec, forward::bind_refusal(spec, *refused));
  auto result = line(CheckStep::forward, spec);
  result.detail = forward::listen_text(spec) + " can be bound";
  stage.report.add(std::move(result));
}

// The target of -R, from here.
Task<std::optional<Failure>> reach_target(CheckStage stage, const ForwardSpec& spec) {
  const auto deadline = Clock::now() + std::min(spec.target_timeout, target_timeout_max);
  if (!spec.connect_path.empty()) {
    auto socket = co_await net::connect_unix(spec.connect_path, deadline);
    if (!socket) co_return socket.error();
    co_return std::nullopt;
  }
  auto socket = co_await net::connect(spec.connect, stage.resolver, deadline);
  if (!socket) co_return socket.error();
  co_return std::nullopt;
}

// The target of -L, from the server.
Task<std::optional<Failure>> reach_through(const ForwardSpec& spec, ssh::Session& session) {
  ssh::connection::OpenRequest request = ssh::connection::DirectTcpip{spec.connect, {"127.0.0.1", 0}};
  if (!spec.connect_path.empty()) request = ssh::connection::DirectStreamlocal{spec.connect_path};
  auto channel = co_await session.open(std::move(request),
                                       Clock::now() + std::min(spec.target_timeout, target_timeout_max));
  if (!channel) co_return channel.error();
  channel->close();
  co_return std::nullopt;
}

Task<> check_target(CheckStage stage, const ForwardSpec& spec, ssh::Session& session) {
  if (spec.mode == Mode::dynamic) co_return;
  const bool from_here = spec.mode == Mode::remote;
  std::optional<Failure> failure;
  if (from_here) {
    failure = co_await reach_target(stage, spec);
  } else {
    failure = co_await reach_through(spec, session);
  }
  const std::string where = from_here ? " from here" : " from the server";
  auto result = line(CheckStep::target, spec);
  if (!failure) {
    result.detail = forward::connect_text(spec) + " answers" + where;
    stage.report.add(std::move(result));
    co_return;
  }
  result.detail = forward::connect_text(spec) + " cannot be reached" + where + ": " + failure->message();
  result.hint =
      "check SSH_TARGET_HOST and SSH_TARGET_PORT (or the forward's target), and that something listens "
      "there; they are seen" +
      where;
  if (failure->code == ssh::errc::open_administratively_prohibited)
    result.hint = "the server forbids it: see " + ssh::rules_on_opening;
  stage.report.fail(std::move(result), check_exit_code(CheckStep::target, failure->code));
}

Task<> run_session(ssh::Session& session) { co_await session.run(); }

}  // namespace

Task<> check_forwards(CheckStage stage, ssh::Connected connected) {
  const auto executor = co_await asio::this_coro::executor;
  {
    NoObserver observer;
    ssh::Session session(executor, std::move(connected.transport), stage.ssh.keepalive, observer);
    TaskGroup running(executor);
    running.spawn(run_session(session));
    for (const auto& spec : stage.forwards) {
      if (spec.mode == Mode::remote) {
        co_await check_remote_listener(stage, spec, session);
      } else {
        co_await check_local_listener(stage, spec);
      }
      co_await check_target(stage, spec, session);
    }
    co_await session.close(Clock::now() + goodbye_timeout);
    co_await running.join();
  }
  co_await connected.hops->close(Clock::now() + goodbye_timeout);
}

void skip_forwards(const CheckStage& stage) {
  for (const auto& spec : stage.forwards) {
    for (const auto step : {CheckStep::forward, CheckStep::target}) {
      if (step == CheckStep::target && spec.mode == Mode::dynamic) continue;
      auto skipped = line(step, spec);
      skipped.result = CheckResult::skipped;
      stage.report.add(std::move(skipped));
    }
  }
}

}  // namespace towline::app
