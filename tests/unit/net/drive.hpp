// Runs coroutines to their end, or to their cancellation, on an io_context of the test's own.
#pragma once

#include "async/task.hpp"
#include "async/task_group.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <chrono>
#include <optional>
#include <utility>

namespace towline::net {

inline std::chrono::steady_clock::time_point in(std::chrono::milliseconds time) {
  return std::chrono::steady_clock::now() + time;
}

// Long enough never to be met by a test that passes.
inline std::chrono::steady_clock::time_point soon() { return in(std::chrono::seconds(20)); }

template <class T>
class Running {
 public:
  Running(asio::io_context& io, Task<T> task) : io_(io), group_(io.get_executor()) {
    group_.spawn(keep(std::move(task), result_));
  }

  // Turns the loop until it has nothing to do at once: the task waits for somebody else now.
  void until_it_waits() {
    io_.restart();
    io_.poll();
  }

  // As a coroutine of the same io_context would: TaskGroup::cancel() belongs inside the loop.
  void cancel() {
    bool done = false;
    asio::post(io_, [this, &done] {
      group_.cancel();
      done = true;
    });
    io_.restart();
    while (!done) io_.run_one();
  }

  bool ended() const { return group_.size() == 0; }

  T result() {
    io_.restart();
    while (!ended()) io_.run_one();
    return std::move(*result_);
  }

 private:
  static Task<> keep(Task<T> task, std::optional<T>& result) { result.emplace(co_await std::move(task)); }

  asio::io_context& io_;
  std::optional<T> result_;
  TaskGroup group_;
};

template <class T>
T run(asio::io_context& io, Task<T> task) {
  return Running<T>(io, std::move(task)).result();
}

}  // namespace towline::net
