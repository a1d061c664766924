#include "async/event.hpp"

#include "async/countdown.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>

namespace towline {

// Asio has no condition variable; a timer that never expires and is cancelled to wake is its idiom for one.
Event::Event(const asio::any_io_executor& executor)
    : timer_(executor, asio::steady_timer::time_point::max()) {}

Task<error_code> Event::wait() {
  co_await timer_.async_wait(as_result);
  auto state = co_await asio::this_coro::cancellation_state;
  if (state.cancelled() != asio::cancellation_type::none) co_return asio::error::operation_aborted;
  co_return error_code{};
}

Task<error_code> Event::wait_until(std::chrono::steady_clock::time_point deadline) {
  timer_.expires_at(deadline);
  auto [ec] = co_await timer_.async_wait(as_result);
  timer_.expires_at(asio::steady_timer::time_point::max());
  auto state = co_await asio::this_coro::cancellation_state;
  if (state.cancelled() != asio::cancellation_type::none) co_return asio::error::operation_aborted;
  if (!ec) co_return asio::error::timed_out;
  co_return error_code{};
}

Task<error_code> Event::wait_before(std::chrono::steady_clock::time_point deadline) {
  Countdown countdown(Countdown::Clock::now(), deadline);
  const auto before = notified_;
  for (;;) {
    const auto ec = co_await wait_until(countdown.next());
    if (ec == asio::error::operation_aborted) co_return ec;
    if (notified_ != before) co_return error_code{};
    if (countdown.is_over(Countdown::Clock::now())) co_return asio::error::timed_out;
  }
}

// A timer that has expired in the same turn is not cancelled any more.
void Event::notify_all() {
  ++notified_;
  timer_.cancel();
}

}  // namespace towline
