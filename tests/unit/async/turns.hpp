// A loop that a test turns by hand, and the coroutines on it: nothing happens between two turns.
#pragma once

#include "async/task.hpp"
#include "async/task_group.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <optional>
#include <utility>

namespace towline {

// stop() it before anything is gone that its coroutines use.
class Turns {
 public:
  Turns() = default;
  Turns(const Turns&) = delete;
  Turns& operator=(const Turns&) = delete;

  // Runs whatever can run now.
  void turn() {
    io.restart();
    io.poll();
  }

  // Until `done` says so, however long it takes.
  void turn_until(auto&& done) {
    while (!done()) {
      io.restart();
      io.run_one();
    }
  }

  // `task` begins with the next turn; its result is in `result` once it has one.
  template <class T>
  void begin(Task<T> task, std::optional<T>& result) {
    tasks.spawn(keep(std::move(task), result));
  }

  void stop() {
    asio::post(io, [this] { tasks.cancel(); });
    turn();
  }

  asio::io_context io;
  TaskGroup tasks{io.get_executor()};

 protected:
  template <class T>
  static Task<> keep(Task<T> task, std::optional<T>& result) {
    result.emplace(co_await std::move(task));
  }
};

}  // namespace towline
