#include "async/event.hpp"

#include "async/task_group.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <gtest/gtest.h>

#include <vector>

namespace towline {

namespace {

struct Waiters {
  asio::io_context io;
  Event event{io.get_executor()};
  TaskGroup group{io.get_executor()};
  std::vector<error_code> woken;

  // A static coroutine: its frame must not depend on a lambda that is gone.
  static Task<> wait_once(Event& event, std::vector<error_code>& woken) {
    woken.push_back(co_await event.wait());
  }

  // As a coroutine of the same io_context would: TaskGroup::cancel() belongs inside the loop.
  static void cancel(TaskGroup& group) {
    asio::post(group.executor(), [&group] { group.cancel(); });
  }

  void add() { group.spawn(wait_once(event, woken)); }
};

TEST(Event, notify_all_wakes_every_waiter) {
  Waiters w;
  w.add();
  w.add();
  w.io.poll();
  EXPECT_TRUE(w.woken.empty());
  w.event.notify_all();
  w.io.poll();
  EXPECT_EQ(w.woken, (std::vector<error_code>{{}, {}}));
}

TEST(Event, a_notification_without_a_waiter_is_not_remembered) {
  Waiters w;
  w.event.notify_all();
  w.add();
  w.io.poll();
  EXPECT_TRUE(w.woken.empty());
  w.event.notify_all();
  w.io.restart();
  w.io.poll();
  EXPECT_EQ(w.woken.size(), 1U);
}

TEST(Event, can_be_waited_for_again_after_it_happened) {
  Waiters w;
  for (std::size_t round = 1; round <= 3; ++round) {
    w.add();
    w.io.restart();
    w.io.poll();
    w.event.notify_all();
    w.io.restart();
    w.io.poll();
    EXPECT_EQ(w.woken.size(), round);
  }
}

TEST(Event, a_cancelled_waiter_is_told_so) {
  Waiters w;
  w.add();
  w.io.poll();
  Waiters::cancel(w.group);
  w.io.restart();
  w.io.poll();
  EXPECT_EQ(w.woken, std::vector<error_code>{asio::error::operation_aborted});
}

TEST(Event, a_waiter_that_is_notified_and_cancelled_at_once_ends_as_cancelled) {
  Waiters w;
  w.add();
  w.io.poll();
  asio::post(w.io, [&] {
    w.event.notify_all();
    w.group.cancel();
  });
  w.io.restart();
  w.io.poll();
  EXPECT_EQ(w.woken, std::vector<error_code>{asio::error::operation_aborted});
}

TEST(Event, cancelling_one_waiter_leaves_the_others_waiting) {
  Waiters w;
  TaskGroup other{w.io.get_executor()};
  w.add();
  other.spawn(Waiters::wait_once(w.event, w.woken));
  w.io.poll();
  Waiters::cancel(other);
  w.io.restart();
  w.io.poll();
  EXPECT_EQ(w.woken, std::vector<error_code>{asio::error::operation_aborted});
  EXPECT_EQ(w.group.size(), 1U);
  w.event.notify_all();
  w.io.poll();
  EXPECT_EQ(w.woken.size(), 2U);
}

}  // namespace

}  // namespace towline
