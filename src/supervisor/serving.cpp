#include "supervisor/serving.hpp"

#include "forward/probe.hpp"
#include "forward/probe_rules.hpp"
#include "forward/remote_forward.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>

#include <utility>

namespace towline::supervisor {

namespace {

using std::chrono::steady_clock;

}  // namespace

Supervisor::Serving::Serving(Supervisor& supervisor, net::HostPort server,
                             std::unique_ptr<ssh::ClientTransport> transport, std::string server_address)
    : supervisor_(supervisor),
      account_(supervisor.account_),
      server_(std::move(server)),
      server_address_(std::move(server_address)),
      session_(supervisor.executor_, std::move(transport), supervisor.options_.ssh.keepalive,
               supervisor.options_.ssh.connect_timeout, *this),
      changed_(supervisor.executor_),
      publishing_(supervisor.executor_),
      listeners_(supervisor.executor_),
      session_task_(supervisor.executor_) {
  if (auto* publisher = supervisor.options_.publisher) {
    publication_ = publisher->publish(
        session_, [&supervisor] { supervisor.replace(observe::Disconnect::other_address, [](bool) {}); });
  }
  for (auto& forward : supervisor.forwards_) {
    auto& run = *runs_.emplace_back(std::make_unique<Run>(*forward, supervisor.executor_));
    if (forward->entry) run.local = std::make_shared<forward::LocalForward>(*forward->entry, site(run));
  }
}

Task<Failure> Supervisor::Serving::run() {
  session_task_.spawn(run_session());
  take_entries();
  if (publication_) publishing_.spawn(publish());
  for (auto& run : runs_) listeners_.spawn(run_alone(*run));
  while (!ended_ && !leaving()) co_await changed_.wait();
  if (!ended_) co_await drain();
  listeners_.cancel();
  for (auto& run : runs_) run->connections.cancel();
  co_await listeners_.join();
  co_await join_connections();
  co_await end_publication();
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
  if (auto* descriptors = supervisor_.options_.descriptors) descriptor_ = descriptors->take_anyway();
  changed_.notify_all();
}

void Supervisor::Serving::stop() {
  if (std::exchange(stopping_, true)) return;
  for (auto& run : runs_) {
    if (run->local) run->local->keep_all();
  }
  if (!retired_) account_.draining();
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
          .resolver = supervisor_.target_resolver_,
          .scratch = supervisor_.scratch_,
          .report = forward.report,
          .watch = run.watch,
          .connections = run.connections,
          .last_bound = forward.last_bound,
          .places = forward.places,
          .server_address = server_address_,
          .listen_timeout = supervisor_.options_.ssh.connect_timeout,
          .publication = publication_.get()};
}

forward::Ride Supervisor::Serving::ride(Run& run) {
  return {.session = session_,
          .connections = run.connections,
          .report = run.forward.report,
          .listen_timeout = supervisor_.options_.ssh.connect_timeout};
}

void Supervisor::Serving::take_entries() {
  const auto another = [&supervisor = supervisor_, server = server_] {
    return ssh::connect(server, supervisor.options_.ssh, supervisor.resolver_, *supervisor.accepted_);
  };
  for (auto& run : runs_) {
    if (run->local) run->local->start();
    if (auto* passenger = run->forward.passenger) passenger->board(ride(*run), another);
  }
}

void Supervisor::Serving::leave_entries() {
  for (auto& run : runs_) {
    if (run->local) run->local->leave();
    if (auto* passenger = run->forward.passenger) passenger->leave(ride(*run));
  }
}

Task<> Supervisor::Serving::run_alone(Run& run) {
  while (!alone_) {
    if (co_await changed_.wait()) co_return;
  }
  if (forward::is_probed(run.forward.spec)) listeners_.spawn(forward::run_probe(site(run)));
  if (auto* passenger = run.forward.passenger) co_return co_await passenger->run_alone(ride(run));
  if (!run.local) co_await forward::run_remote_forward(site(run));
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
  co_await end_publication();
  co_await session_.wait_channels_closed(deadline);
}

// As an only session can: its predecessor is published still.
Task<> Supervisor::Serving::publish() {
  while (!alone_) {
    if (co_await changed_.wait()) co_return;
  }
  co_await publication_->run();
}

Task<> Supervisor::Serving::end_publication() {
  publishing_.cancel();
  while (publishing_.size() > 0) co_await publishing_.join();
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

}  // namespace towline::supervisor
