#include "async/event.hpp"

#include "async/wait.hpp"

namespace towline {

// Asio has no condition variable; a timer that never expires and is cancelled to wake is its idiom for one.
Event::Event(const asio::any_io_executor& executor)
    : timer_(executor, asio::steady_timer::time_point::max()) {}

Task<error_code> Event::wait() {
  co_await towline::wait(timer_);
  const auto state = co_await asio::this_coro::cancellation_state;
  if (is_cancelled(state)) co_return asio::error::operation_aborted;
  co_return error_code{};
}

Task<error_code> Event::wait_until(std::chrono::steady_clock::time_point deadline) {
  timer_.expires_at(deadline);
  const auto ec = co_await towline::wait(timer_);
  timer_.expires_at(asio::steady_timer::time_point::max());
  const auto state = co_await asio::this_coro::cancellation_state;
  if (is_cancelled(state)) co_return asio::error::operation_aborted;
  if (!ec) co_return asio::error::timed_out;
  co_return error_code{};
}

void Event::notify_all() { timer_.cancel(); }

}  // namespace towline
