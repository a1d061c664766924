#include "supervisor/serving.hpp"

#include "forward/dynamic_forward.hpp"
#include "forward/listener.hpp"
#include "forward/local_forward.hpp"
#include "forward/probe.hpp"
#include "forward/probe_rules.hpp"
#include "forward/remote_forward.hpp"

#include <utility>

namespace towline::supervisor {

namespace {

using std::chrono::steady_clock;

// A goodbye that the server does not take in this time is not worth waiting for.
constexpr std::chrono::seconds goodbye_timeout{1};

}  // namespace

Supervisor::Serving::Serving(Supervisor& supervisor, std::unique_ptr<ssh::Transport> transport)
    : supervisor_(supervisor),
      session_(supervisor.executor_, std::move(transport), supervisor.options_.ssh.keepalive, supervisor),
      listeners_(supervisor.executor_),
      session_task_(supervisor.executor_) {
  for (auto& forward : supervisor.forwards_) {
    runs_.push_back(std::make_unique<Run>(*forward, supervisor.executor_));
  }
}

Task<Failure> Supervisor::Serving::run() {
  session_task_.spawn(run_session());
  for (auto& run : runs_) listeners_.spawn(run_forward(*run));
  while (!ended_ && !supervisor_.stopping_ && !supervisor_.cannot_listen_)
    co_await supervisor_.changed_.wait();
  if (!ended_) co_await drain();
  listeners_.cancel();
  for (auto& run : runs_) run->connections.cancel();
  co_await listeners_.join();
  co_await join_connections();
  if (!ended_) co_await session_.close(steady_clock::now() + goodbye_timeout);
  co_await session_task_.join();
  co_return *ended_;
}

Task<> Supervisor::Serving::run_session() {
  ended_ = co_await session_.run();
  supervisor_.changed_.notify_all();
}

Task<> Supervisor::Serving::run_forward(Run& run) {
  auto& forward = run.forward;
  const forward::Site site{forward.spec,   session_,        supervisor_.resolver_, supervisor_.scratch_,
                           forward.report, run.connections, forward.last_bound};
  if (forward::is_probed(forward.spec)) listeners_.spawn(forward::run_probe(site));
  if (forward.spec.mode == forward::Mode::remote) co_return co_await forward::run_remote_forward(site);
  // With nothing else to do there is no point in going on; otherwise each forward is on its own.
  const bool alone = runs_.size() == 1;
  const auto serve =
      forward.spec.mode == forward::Mode::dynamic ? forward::serve_dynamic : forward::serve_local;
  auto result = co_await forward::run_listener(site, serve, alone);
  if (result) co_return;
  supervisor_.cannot_listen_ = result.error();
  supervisor_.changed_.notify_all();
}

Task<> Supervisor::Serving::drain() {
  for (auto& run : runs_) run->forward.report.enter(observe::ForwardState::draining);
  listeners_.cancel();
  co_await listeners_.join();
  const auto deadline = steady_clock::now() + supervisor_.options_.drain_timeout;
  co_await before(deadline, join_connections());  // what has not finished is aborted by the caller
  co_await session_.wait_channels_closed(deadline);
}

Task<bool> Supervisor::Serving::join_connections() {
  for (auto& run : runs_) co_await run->connections.join();
  co_return true;
}

}  // namespace towline::supervisor
