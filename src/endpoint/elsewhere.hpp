// What takes longer than a turn of the loop, done on a thread of its own and awaited.
#pragma once

#include "async/event.hpp"
#include "async/side_thread.hpp"
#include "async/task.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/post.hpp>

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

namespace towline::endpoint {

// One thread; what is asked is done in order. Not thread-safe; use on `executor`, whose context outlives the
// process's last question.
class Elsewhere {
 public:
  explicit Elsewhere(asio::any_io_executor executor) : executor_(std::move(executor)) {}
  // What has not come back by now never does: its thread may outlive the loop.
  ~Elsewhere() { gate_->close(); }
  Elsewhere(const Elsewhere&) = delete;
  Elsewhere& operator=(const Elsewhere&) = delete;

  // What `job` returns, which owns all that it touches: who asks may be gone when it is done. Nothing:
  // cancelled.
  template <class T>
  Task<std::optional<T>> ask(std::function<T()> job) {
    struct Question {
      explicit Question(const asio::any_io_executor& executor) : answered(executor) {}

      std::optional<T> answer{};
      Event answered;
    };
    const auto question = std::make_shared<Question>(executor_);
    thread_.run([executor = executor_, gate = gate_, question, job = std::move(job)] {
      auto answer = std::make_shared<T>(job());
      gate->pass([&] {
        asio::post(executor, [question, answer] {
          question->answer = std::move(*answer);
          question->answered.notify_all();
        });
      });
    });
    while (!question->answer) {
      if (co_await question->answered.wait()) co_return std::nullopt;
    }
    co_return std::move(question->answer);
  }

 private:
  class Gate {
   public:
    void pass(auto&& what) {
      const std::lock_guard lock(mutex_);
      if (open_) what();
    }
    void close() {
      const std::lock_guard lock(mutex_);
      open_ = false;
    }

   private:
    std::mutex mutex_;
    bool open_ = true;
  };

  asio::any_io_executor executor_;
  std::shared_ptr<Gate> gate_ = std::make_shared<Gate>();
  SideThread thread_;
};

}  // namespace towline::endpoint
