#include "async/task_group.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <gtest/gtest.h>

#include <stdexcept>

namespace towline {

namespace {

Task<> count(int& runs) {
  ++runs;
  co_return;
}

Task<> wait_for(Event& event, int& ended) {
  co_await event.wait();
  ++ended;
}

Task<> fail() {
  throw std::logic_error("a bug");
  co_return;
}

Task<> join(TaskGroup& group, int& joined) {
  co_await group.join();
  ++joined;
}

Task<> spawn_another(TaskGroup& group, Event& event, int& ended) {
  group.spawn(wait_for(event, ended));
  co_return;
}

// Still does something with Asio after it was cancelled, as a session does that says goodbye.
Task<> clean_up_when_cancelled(Event& never, int& cleaned) {
  co_await never.wait();
  asio::steady_timer timer(co_await asio::this_coro::executor);
  timer.expires_after(std::chrono::seconds(0));
  co_await asio::this_coro::reset_cancellation_state();
  const auto [ec] = co_await timer.async_wait(as_result);
  if (!ec) ++cleaned;
}

struct Group : testing::Test {
  asio::io_context io;
  Event event{io.get_executor()};
  TaskGroup outer{io.get_executor()};
  TaskGroup group{io.get_executor()};
  int ended = 0;
  int joined = 0;

  // As a coroutine of the same io_context would: TaskGroup::cancel() belongs inside the loop.
  void cancel(TaskGroup& which) {
    asio::post(io, [&which] { which.cancel(); });
  }

  void turn() {
    io.restart();
    io.poll();
  }
};

using TaskGroupTest = Group;

TEST_F(TaskGroupTest, runs_what_is_spawned_and_is_empty_after_it) {
  group.spawn(count(ended));
  group.spawn(count(ended));
  EXPECT_EQ(group.size(), 2U);
  turn();
  EXPECT_EQ(ended, 2);
  EXPECT_EQ(group.size(), 0U);
}

TEST_F(TaskGroupTest, join_of_an_empty_group_returns_at_once) {
  outer.spawn(join(group, joined));
  turn();
  EXPECT_EQ(joined, 1);
}

TEST_F(TaskGroupTest, join_waits_for_the_last_task) {
  group.spawn(count(ended));
  group.spawn(wait_for(event, ended));
  outer.spawn(join(group, joined));
  turn();
  EXPECT_EQ(joined, 0);
  event.notify_all();
  turn();
  EXPECT_EQ(ended, 2);
  EXPECT_EQ(joined, 1);
}

TEST_F(TaskGroupTest, join_waits_for_a_task_that_a_task_spawned) {
  group.spawn(spawn_another(group, event, ended));
  outer.spawn(join(group, joined));
  turn();
  EXPECT_EQ(joined, 0);
  event.notify_all();
  turn();
  EXPECT_EQ(joined, 1);
}

TEST_F(TaskGroupTest, several_may_join) {
  group.spawn(wait_for(event, ended));
  outer.spawn(join(group, joined));
  outer.spawn(join(group, joined));
  turn();
  event.notify_all();
  turn();
  EXPECT_EQ(joined, 2);
}

TEST_F(TaskGroupTest, cancel_ends_every_waiting_task) {
  for (int i = 0; i < 5; ++i) group.spawn(wait_for(event, ended));
  turn();
  cancel(group);
  turn();
  EXPECT_EQ(ended, 5);
  EXPECT_EQ(group.size(), 0U);
}

TEST_F(TaskGroupTest, cancel_ends_a_task_that_has_not_begun_yet) {
  cancel(group);
  group.spawn(wait_for(event, ended));
  outer.spawn(join(group, joined));
  turn();
  EXPECT_EQ(ended, 0);
  EXPECT_EQ(joined, 1);
}

TEST_F(TaskGroupTest, cancel_does_not_touch_tasks_spawned_later) {
  asio::post(io, [&] {
    group.cancel();
    group.spawn(wait_for(event, ended));
  });
  turn();
  EXPECT_EQ(ended, 0);
  EXPECT_EQ(group.size(), 1U);
  event.notify_all();
  turn();
  EXPECT_EQ(ended, 1);
}

TEST_F(TaskGroupTest, a_cancelled_task_can_still_clean_up) {
  group.spawn(clean_up_when_cancelled(event, ended));
  turn();
  cancel(group);
  io.restart();
  io.run();
  EXPECT_EQ(ended, 1);
}

TEST_F(TaskGroupTest, a_joiner_that_is_cancelled_leaves_the_group_alone) {
  group.spawn(wait_for(event, ended));
  outer.spawn(join(group, joined));
  turn();
  cancel(outer);
  turn();
  EXPECT_EQ(joined, 1);
  EXPECT_EQ(group.size(), 1U);
  event.notify_all();
  turn();
}

TEST_F(TaskGroupTest, an_exception_in_a_task_leaves_run) {
  group.spawn(fail());
  EXPECT_THROW(io.run(), std::logic_error);
  EXPECT_EQ(group.size(), 0U);
}

}  // namespace

}  // namespace towline
