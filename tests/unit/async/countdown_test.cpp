#include "async/countdown.hpp"

#include "async/deadline.hpp"
#include "async/event.hpp"
#include "async/task_group.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <gtest/gtest.h>

#include <optional>
#include <poll.h>

namespace towline {

namespace {

using namespace std::chrono_literals;
using Clock = Countdown::Clock;

// Milliseconds on the clock instead of time points.
struct Wait {
  explicit Wait(Clock::duration time) : countdown(start, start + time) {}

  bool over_at(Clock::duration now) { return countdown.is_over(start + now); }
  Clock::duration next() const { return countdown.next() - start; }
  Clock::duration deadline_at(Clock::duration now) { return countdown.deadline(start + now) - start; }

  static constexpr Clock::time_point start{1h};
  Countdown countdown;
};

TEST(Countdown, is_over_at_its_deadline_when_somebody_looks) {
  Wait wait(1200ms);
  EXPECT_EQ(wait.next(), 500ms);
  EXPECT_FALSE(wait.over_at(500ms));
  EXPECT_EQ(wait.next(), 1000ms);
  EXPECT_FALSE(wait.over_at(1000ms));
  EXPECT_EQ(wait.next(), 1200ms);
  EXPECT_FALSE(wait.over_at(1199ms));
  EXPECT_TRUE(wait.over_at(1200ms));
}

TEST(Countdown, is_over_at_once_when_its_deadline_has_passed) {
  Wait wait(-1s);
  EXPECT_LT(wait.next(), 0ms);
  EXPECT_TRUE(wait.over_at(0ms));
}

TEST(Countdown, stands_still_while_nobody_looks) {
  Wait wait(2s);
  EXPECT_FALSE(wait.over_at(500ms));
  EXPECT_FALSE(wait.over_at(60s));
  EXPECT_FALSE(wait.over_at(60500ms));
  EXPECT_FALSE(wait.over_at(61s));
  EXPECT_TRUE(wait.over_at(61500ms));
}

TEST(Countdown, leaves_a_look_more_behind_an_absence) {
  Wait wait(505ms);
  EXPECT_FALSE(wait.over_at(504ms));
  EXPECT_FALSE(wait.over_at(60s));
  EXPECT_EQ(wait.next(), 60500ms);
  EXPECT_TRUE(wait.over_at(60500ms));
}

TEST(Countdown, counts_what_a_busy_loop_is_late) {
  Wait wait(2s);
  EXPECT_FALSE(wait.over_at(999ms));
  EXPECT_FALSE(wait.over_at(1998ms));
  EXPECT_TRUE(wait.over_at(2s));
}

TEST(Countdown, comes_to_an_end_where_every_look_is_late) {
  Wait wait(10s);
  int looks = 1;
  for (auto now = 3s; !wait.over_at(now); now += 3s) ++looks;
  EXPECT_EQ(looks, 8);
}

TEST(Countdown, its_deadline_moves_on_by_an_absence) {
  Wait wait(10s);
  EXPECT_EQ(wait.deadline_at(500ms), 10s);
  EXPECT_EQ(wait.deadline_at(60500ms), 70s);
}

// The loop does not turn.
Task<> be_away(std::chrono::milliseconds time) {
  ::poll(nullptr, 0, static_cast<int>(time.count()));
  co_return;
}

Task<> wait_for(Event& event, Clock::time_point deadline, std::optional<error_code>& result) {
  result = co_await event.wait_before(deadline);
}

Task<> wait_with_deadline(Event& event, Clock::time_point deadline, bool& answered) {
  answered = (co_await before(deadline, event.wait())).has_value();
}

TEST(WaitBefore, times_out) {
  asio::io_context io;
  Event event(io.get_executor());
  TaskGroup group(io.get_executor());
  std::optional<error_code> result;
  group.spawn(wait_for(event, Clock::now() + 1ms, result));
  io.run();
  EXPECT_EQ(result, error_code(asio::error::timed_out));
}

TEST(WaitBefore, takes_an_answer_that_comes_behind_an_absence_longer_than_the_deadline) {
  asio::io_context io;
  Event event(io.get_executor());
  TaskGroup group(io.get_executor());
  std::optional<error_code> result;
  bool answered = false;
  group.spawn(wait_for(event, Clock::now() + 200ms, result));
  io.poll();
  group.spawn(be_away(Countdown::absence_min + 10ms));
  asio::steady_timer answer(io, Clock::now() + 300ms);
  answer.async_wait([&](error_code) { asio::post(io, [&] { event.notify_all(); }); });
  io.run();
  EXPECT_EQ(result, error_code());

  group.spawn(wait_with_deadline(event, Clock::now() + 200ms, answered));
  io.restart();
  io.poll();
  group.spawn(be_away(Countdown::absence_min + 10ms));
  answer.expires_after(300ms);
  answer.async_wait([&](error_code) { asio::post(io, [&] { event.notify_all(); }); });
  io.run();
  EXPECT_TRUE(answered);
}

}  // namespace

}  // namespace towline
