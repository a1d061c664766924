// A cancellation that falls between two waits, when Asio has no operation to tell.
#include "async/wait.hpp"

#include "async/deadline.hpp"
#include "async/event.hpp"
#include "async/result.hpp"
#include "async/task_group.hpp"
#include "async/yield_turn.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <string>

namespace towline {
namespace {

using namespace std::chrono_literals;

constexpr auto far_away = Deadline::max();

class Cancelled : public testing::Test {
 protected:
  ~Cancelled() override {
    // A wait that was not told would otherwise keep its group.
    asio::post(io_, [this] { group_.cancel(); });
    io_.restart();
    io_.poll();
  }

  // What a wait says that begins when its coroutine has been cancelled; nothing while it waits.
  std::optional<error_code> says(Task<error_code> wait) {
    said_.reset();
    group_.spawn(cancel_then(group_, std::move(wait), said_));
    io_.restart();
    io_.poll();
    return said_;
  }

  static Task<> cancel_then(TaskGroup& group, Task<error_code> wait, std::optional<error_code>& said) {
    group.cancel();
    said = co_await std::move(wait);
  }

  // What before() makes of a task that would give `value`.
  template <class T>
  std::optional<T> bounded(T value) {
    std::optional<T> kept;
    EXPECT_EQ(says(keep(kept, before(far_away, begin(has_begun_, std::move(value))))), error_code{});
    return kept;
  }
  template <class T>
  static Task<T> begin(bool& has_begun, T value) {
    has_begun = true;
    co_return value;
  }
  template <class T>
  static Task<error_code> keep(std::optional<T>& kept, Task<std::optional<T>> task) {
    kept = co_await std::move(task);
    co_return error_code{};
  }

  std::optional<error_code> said_;
  bool has_begun_ = false;
  asio::io_context io_;
  TaskGroup group_{io_.get_executor()};
  asio::steady_timer timer_{io_, far_away};
  Event event_{io_.get_executor()};
};

const std::optional<error_code> aborted = error_code(asio::error::operation_aborted);

TEST_F(Cancelled, no_wait_begins) {
  EXPECT_EQ(says(wait(timer_)), aborted);
  EXPECT_EQ(says(yield_turn()), aborted);
}

TEST_F(Cancelled, an_event_is_waited_for_all_the_same) {
  EXPECT_EQ(says(event_.wait()), std::nullopt) << "who winds down waits for others";
}

TEST_F(Cancelled, no_bounded_task_begins_and_it_says_so_if_it_can) {
  EXPECT_EQ(bounded(error_code{}), aborted);
  const auto result = bounded(Result<std::string>("value"));
  ASSERT_TRUE(result && !*result);
  EXPECT_EQ(result->error().code, asio::error::operation_aborted);
  EXPECT_EQ(bounded(true), std::nullopt);
  EXPECT_FALSE(has_begun_);
}

}  // namespace
}  // namespace towline
