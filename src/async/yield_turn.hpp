// Lets everything else that is ready on the loop run first.
#pragma once

#include "async/wait.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>

namespace towline {

// operation_aborted when the awaiting coroutine was cancelled meanwhile.
inline Task<error_code> yield_turn() {
  auto executor = co_await asio::this_coro::executor;
  co_await asio::post(executor, asio::use_awaitable);
  const auto state = co_await asio::this_coro::cancellation_state;
  if (is_cancelled(state)) co_return asio::error::operation_aborted;
  co_return error_code{};
}

}  // namespace towline
