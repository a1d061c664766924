#include "supervisor/serving.hpp"

#include "forward/probe.hpp"
#include "forward/probe_rules.hpp"
#include "forward/remote_forward.hpp"
#include "supervisor/explain_channel.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>

#include <utility>

namespace towline::supervisor {

namespace {

using std::chrono::steady_clock;

}  // namespace

Supervisor::Serving::Serving(Supervisor& supervisor, std::unique_ptr<ssh::Transport> transport,
                             std::string server_address)
    : supervisor_(supervisor),
      server_(supervisor.server_),
      server_address_(std::move(server_address)),
      session_(supervisor.executor_, std::move(transport), supervisor.options_.ssh.keepalive, *this),
      changed_(supervisor.executor_),
      listeners_(supervisor.executor_),
      session_task_(supervisor.executor_) {
  for (auto& forward : supervisor.forwards_) {
    auto& run = *runs_.emplace_back(std::make_unique<Run>(*forward, supervisor.executor_));
    if (forward->entry) make_carrier(run);
  }
}

Task<Failure> Supervisor::Serving::run() {
  session_task_.spawn(run_session());
  for (auto& run : runs_) {
    if (run->carrier) run->carrier->join();
    listeners_.spawn(run_alone(*run));
  }
  while (!ended_ && !leaving()) co_await changed_.wait();
  if (!ended_) co_await drain();
  listeners_.cancel();
  for (auto& run : runs_) run->connections.cancel();
  co_await listeners_.join();
  co_await join_connections();
  if (!ended_) co_await session_.close(steady_clock::now() + goodbye_timeout);
  co_await session_task_.join();
  co_return *ended_;
}

void Supervisor::Serving::start_alone() {
  alone_ = true;
  changed_.notify_all();
}

void Supervisor::Serving::retire(observe::Disconnect why) {
  retired_ = why;
  changed_.notify_all();
}

void Supervisor::Serving::stop() {
  if (std::exchange(stopping_, true)) return;
  for (auto& run : runs_) {
    if (run->carrier) run->carrier->keep_all();
  }
  if (!retired_) {
    for (auto& run : runs_) run->forward.report.enter(observe::ForwardState::draining);
  }
  changed_.notify_all();
}

Task<> Supervisor::Serving::run_session() {
  ended_ = co_await session_.run();
  leave_entries();
  changed_.notify_all();
}

forward::Site Supervisor::Serving::site(Run& run) {
  auto& forward = run.forward;
  return {.spec = forward.spec,
          .session = session_,
          .resolver = supervisor_.resolver_,
          .scratch = supervisor_.scratch_,
          .report = forward.report,
          .connections = run.connections,
          .last_bound = forward.last_bound,
          .server_address = server_address_,
          .listen_timeout = supervisor_.options_.ssh.connect_timeout};
}

void Supervisor::Serving::make_carrier(Run& run) {
  run.carrier.emplace(*run.forward.entry, site(run), [this](const Failure& failure) {
    supervisor_.cannot_listen_ = failure;
    supervisor_.changed_.notify_all();
  });
}

void Supervisor::Serving::leave_entries() {
  for (auto& run : runs_) {
    if (run->carrier) run->carrier->leave();
  }
}

Task<> Supervisor::Serving::run_alone(Run& run) {
  while (!alone_) {
    if (co_await changed_.wait()) co_return;
  }
  if (forward::is_probed(run.forward.spec)) listeners_.spawn(forward::run_probe(site(run)));
  if (!run.carrier) co_await forward::run_remote_forward(site(run));
}

Task<> Supervisor::Serving::drain() {
  using namespace asio::experimental::awaitable_operators;
  leave_entries();
  listeners_.cancel();
  co_await listeners_.join();
  supervisor_.released(this);
  if (!stopping_) co_await (join_connections() || until_stopping());
  const auto deadline = steady_clock::now() + supervisor_.options_.drain_timeout;
  co_await before(deadline, join_connections());  // what has not finished is aborted by the caller
  co_await session_.wait_channels_closed(deadline);
}

Task<bool> Supervisor::Serving::join_connections() {
  for (auto& run : runs_) co_await run->connections.join();
  co_return true;
}

Task<bool> Supervisor::Serving::until_stopping() {
  while (!stopping_ && !ended_) {
    if (co_await changed_.wait()) break;
  }
  co_return true;
}

// Signs of life count for the forwards only from the session that carries them.
void Supervisor::Serving::on_received(steady_clock::time_point when) {
  if (supervisor_.current_ == this) supervisor_.pulse_.received(when);
}

void Supervisor::Serving::on_keepalive_sent() {
  for (auto& run : runs_) run->forward.report.metrics().keepalive_sent();
}

void Supervisor::Serving::on_keepalive_missed() {
  for (auto& run : runs_) run->forward.report.metrics().keepalive_missed();
}

void Supervisor::Serving::on_round_trip(steady_clock::duration time) {
  for (auto& run : runs_) run->forward.report.metrics().round_trip(time);
}

void Supervisor::Serving::on_words(const std::string& said) {
  supervisor_.log_.repeatable().info("ssh.message", "the server says", {{"server", server_}, {"said", said}});
}

void Supervisor::Serving::on_unmatched(const ssh::connection::UnmatchedChannel& channel) {
  const auto outcome = unmatched_channel(channel.fit);
  supervisor_.metrics_.channel_unmatched(outcome);
  const bool joined = outcome == observe::UnmatchedChannel::joined;
  if (joined && std::exchange(supervisor_.told_of_names_, true)) return;
  const bool expected = outcome == observe::UnmatchedChannel::cancelled;
  const auto level = joined ? observe::Level::info : expected ? observe::Level::debug : observe::Level::warn;
  const auto client = net::to_string(channel.originator);
  const std::vector<observe::Field> fields{{"reason", to_string(outcome)},   {"server", server_},
                                           {"type", channel.type},           {"named", channel.named},
                                           {"asked", channel.asked},         {"client", client},
                                           {"hint", unmatched_hint(outcome)}};
  supervisor_.log_.repeatable().write(level, "channel.unmatched", unmatched_text(outcome), fields);
}

}  // namespace towline::supervisor
