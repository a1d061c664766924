#include "check/session.hpp"

#include <utility>

namespace towline::check {

namespace {

using SessionClock = std::chrono::steady_clock;

// sshd's child for the user starts after the login is confirmed, and takes some 10 ms to fail.
constexpr std::chrono::milliseconds moment{500};
constexpr std::chrono::seconds answer_timeout{2};
constexpr std::chrono::seconds farewell_timeout{1};

}  // namespace

CheckSession::CheckSession(const asio::any_io_executor& executor, ssh::Connected connected,
                           const ssh::Options& options)
    : hops_(std::move(connected.hops)),
      session_(std::in_place, executor, std::move(connected.transport), options.keepalive,
               options.connect_timeout, static_cast<ssh::SessionObserver&>(*this)),
      changed_(executor),
      running_(executor) {
  running_.spawn(run());
}

Task<> CheckSession::run() {
  ended_ = co_await session_->run();
  changed_.notify_all();
}

void CheckSession::on_round_trip(SessionClock::duration) {
  answered_ = true;
  changed_.notify_all();
}

Task<std::optional<SessionLoss>> CheckSession::outlast_login() {
  const auto began = SessionClock::now();
  session_->check();
  while (!ended_) {
    const auto until = began + (answered_ ? SessionClock::duration(moment) : answer_timeout);
    if (SessionClock::now() >= until) break;
    co_await changed_.wait_until(until);
  }
  if (!ended_) co_return std::nullopt;
  auto lost = loss(*ended_);
  lost.after_login = true;
  co_return lost;
}

SessionLoss CheckSession::loss(const Failure& failure) const {
  const auto& why = ended_ ? *ended_ : failure;
  if (auto cause = hops_->cause_of(why)) return {.why = std::move(cause->failure), .jump_host = cause->index};
  return {.why = why};
}

Task<> CheckSession::close() {
  if (!ended_) co_await session_->close(SessionClock::now() + farewell_timeout);
  co_await running_.join();
  session_.reset();  // it goes over a channel of the last jump host
  co_await hops_->close(SessionClock::now() + farewell_timeout);
}

}  // namespace towline::check
