// A bound in time for anything that waits.
#pragma once

#include "async/result.hpp"
#include "async/wait.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>

#include <chrono>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

namespace towline {

using Deadline = std::chrono::steady_clock::time_point;

// Waits until `deadline`; operation_aborted when cancelled before.
inline Task<error_code> sleep_until(Deadline deadline) {
  co_await asio::this_coro::throw_if_cancelled(false);
  auto executor = co_await asio::this_coro::executor;
  asio::steady_timer timer(executor, deadline);
  co_return co_await wait(timer);
}

// What a task says that was not begun because its owner had been cancelled; nothing where it has no words.
template <class T>
std::optional<T> not_begun() {
  const error_code aborted = asio::error::operation_aborted;
  if constexpr (std::is_same_v<T, error_code>) return aborted;
  if constexpr (std::is_constructible_v<T, Failure>) return T(Failure(aborted));
  return std::nullopt;
}

// The value of `task`, or nothing when `deadline` passes first: the task is then cancelled and has ended. In
// a coroutine that has been cancelled the task does not begin.
template <class T>
Task<std::optional<T>> before(Deadline deadline, Task<T> task) {
  using namespace asio::experimental::awaitable_operators;
  const auto state = co_await asio::this_coro::cancellation_state;
  if (is_cancelled(state)) co_return not_begun<T>();
  auto first = co_await (std::move(task) || sleep_until(deadline));
  if (first.index() == 1) co_return std::nullopt;
  co_return std::get<0>(std::move(first));
}

}  // namespace towline
