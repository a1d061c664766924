#include "app/end_deadline.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <future>

namespace towline::app {
namespace {

using namespace std::chrono_literals;

observe::Log log_to_stderr() { return observe::Log(observe::Options{}); }

void stand_still() {
  std::promise<void> never;
  never.get_future().wait_for(1min);
}

// As threads that stand do, in a process of its own.
TEST(EndDeadlineDeathTest, ends_what_has_not_ended_in_time_and_says_so) {
  testing::GTEST_FLAG(death_test_style) = "threadsafe";
  EXPECT_EXIT(
      {
        EndDeadline deadline(10ms, log_to_stderr());
        ASSERT_TRUE(deadline.start());
        deadline.begin();
        stand_still();
      },
      testing::ExitedWithCode(75), "shutdown.overdue .*allowed_s=0.01 exit_code=75 hint=");
}

TEST(EndDeadlineDeathTest, ends_with_the_status_that_somebody_waits_for) {
  testing::GTEST_FLAG(death_test_style) = "threadsafe";
  EXPECT_EXIT(
      {
        EndDeadline deadline(10ms, log_to_stderr());
        ASSERT_TRUE(deadline.start());
        deadline.end_with(3);
        deadline.begin();
        stand_still();
      },
      testing::ExitedWithCode(3), "exit_code=3");
}

TEST(EndDeadlineDeathTest, can_be_met_and_begin_again) {
  testing::GTEST_FLAG(death_test_style) = "threadsafe";
  EXPECT_EXIT(
      {
        EndDeadline deadline(100ms, log_to_stderr());
        ASSERT_TRUE(deadline.start());
        deadline.begin();
        deadline.met();
        deadline.end_with(4);
        deadline.begin();
        stand_still();
      },
      testing::ExitedWithCode(4), "");
}

TEST(EndDeadline, that_is_kept_ends_nothing) {
  EndDeadline never(0ms, log_to_stderr());
  ASSERT_TRUE(never.start());
  EndDeadline kept(1h, log_to_stderr());
  ASSERT_TRUE(kept.start());
  kept.begin();
  kept.begin();
  EndDeadline met(1h, log_to_stderr());
  ASSERT_TRUE(met.start());
  met.begin();
  met.met();
}

// What was logged is there, though the process ends without destroying anything.
TEST(EndNowDeathTest, keeps_the_last_line) {
  testing::GTEST_FLAG(death_test_style) = "threadsafe";
  EXPECT_EXIT(
      {
        const auto log = log_to_stderr();
        log.info("shutdown.begin", "the last line");
        end_now(log, 5);
      },
      testing::ExitedWithCode(5), "the last line");
}

}  // namespace
}  // namespace towline::app
