// Waiting that can be cancelled. Asio tells a cancellation to the operation that is pending, and to none that
// begins later: between two waits it would be lost. So every wait asks first.
#pragma once

#include "async/task.hpp"

#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>

namespace towline {

inline bool is_cancelled(const asio::cancellation_state& state) {
  return state.cancelled() != asio::cancellation_type::none;
}

// Whether the running coroutine has been asked to stop.
inline Task<bool> cancelled() {
  const auto state = co_await asio::this_coro::cancellation_state;
  co_return is_cancelled(state);
}

// Waits for a timer, or a socket to be `what`. operation_aborted when the coroutine is cancelled or has been.
template <class Waitable, class... What>
Task<error_code> wait(Waitable& waitable, What... what) {
  const auto state = co_await asio::this_coro::cancellation_state;
  if (is_cancelled(state)) co_return asio::error::operation_aborted;
  const auto [ec] = co_await waitable.async_wait(what..., as_result);
  co_return ec;
}

}  // namespace towline
