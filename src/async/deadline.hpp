// A bound in time for anything that waits.
#pragma once

#include "async/countdown.hpp"
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

// Waits until `countdown` is over; operation_aborted when cancelled before.
inline Task<error_code> wait_out(Countdown& countdown) {
  co_await asio::this_coro::throw_if_cancelled(false);
  asio::steady_timer timer(co_await asio::this_coro::executor);
  do {
    timer.expires_at(countdown.next());
    if (const auto ec = co_await wait(timer)) co_return ec;
  } while (!countdown.is_over(Countdown::Clock::now()));
  co_return error_code{};
}

// What a task says that was not begun because its owner had been cancelled; nothing where it has no words.
template <class T>
std::optional<T> not_begun() {
  const error_code aborted = asio::error::operation_aborted;
  if constexpr (std::is_same_v<T, error_code>) return aborted;
  if constexpr (std::is_constructible_v<T, Failure>) return T(Failure(aborted));
  return std::nullopt;
}

template <class T>
constexpr bool is_variant = false;
template <class... T>
constexpr bool is_variant<std::variant<T...>> = true;

// The value of `task`, or nothing when `countdown` is over first: the task is then cancelled and has ended.
// In a coroutine that has been cancelled the task does not begin.
template <class T>
Task<std::optional<T>> before(Countdown& countdown, Task<T> task) {
  using namespace asio::experimental::awaitable_operators;
  static_assert(!is_variant<T>, "|| makes one variant of all alternatives: give it a struct");
  const auto state = co_await asio::this_coro::cancellation_state;
  if (is_cancelled(state)) co_return not_begun<T>();
  auto first = co_await (std::move(task) || wait_out(countdown));
  if (first.index() == 1) co_return std::nullopt;
  co_return std::get<0>(std::move(first));
}

// The same with `deadline`, which moves on by the time in which the loop did not turn.
template <class T>
Task<std::optional<T>> before(Deadline deadline, Task<T> task) {
  Countdown countdown(Countdown::Clock::now(), deadline);
  co_return co_await before(countdown, std::move(task));
}

}  // namespace towline
