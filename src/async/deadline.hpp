// A bound in time for anything that waits.
#pragma once

#include "async/task.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>

#include <chrono>
#include <optional>
#include <utility>
#include <variant>

namespace towline {

using Deadline = std::chrono::steady_clock::time_point;

// Waits until `deadline`; operation_aborted when cancelled before.
inline Task<error_code> sleep_until(Deadline deadline) {
  co_await asio::this_coro::throw_if_cancelled(false);
  auto executor = co_await asio::this_coro::executor;
  asio::steady_timer timer(executor, deadline);
  auto [ec] = co_await timer.async_wait(as_result);
  co_return ec;
}

// The value of `task`, or nothing when `deadline` passes first: the task is then cancelled and has ended.
template <class T>
Task<std::optional<T>> before(Deadline deadline, Task<T> task) {
  using namespace asio::experimental::awaitable_operators;
  auto first = co_await (std::move(task) || sleep_until(deadline));
  if (first.index() == 1) co_return std::nullopt;
  co_return std::get<0>(std::move(first));
}

}  // namespace towline
