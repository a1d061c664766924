#include "observe/rate_limit.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace towline::observe {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr Steady::time_point start{1h};
constexpr RateLimit::Decision drop{.write = false, .suppressed = 0};

RateLimit::Decision write_after(std::uint64_t suppressed) {
  return {.write = true, .suppressed = suppressed};
}

TEST(RateLimit, the_first_line_is_written_and_equal_ones_are_dropped) {
  RateLimit limit(30s);
  EXPECT_EQ(limit.admit("a", start), write_after(0));
  EXPECT_EQ(limit.admit("a", start), drop);
  EXPECT_EQ(limit.admit("a", start + 29'999ms), drop);
}

TEST(RateLimit, after_the_interval_one_line_tells_how_many_were_dropped) {
  RateLimit limit(30s);
  limit.admit("a", start);
  limit.admit("a", start + 1s);
  limit.admit("a", start + 2s);
  EXPECT_EQ(limit.admit("a", start + 30s), write_after(2));
  EXPECT_EQ(limit.admit("a", start + 31s), drop);
  EXPECT_EQ(limit.admit("a", start + 60s), write_after(1));
  EXPECT_EQ(limit.admit("a", start + 90s), write_after(0));
}

TEST(RateLimit, different_lines_do_not_share_a_limit) {
  RateLimit limit(30s);
  EXPECT_EQ(limit.admit("a", start), write_after(0));
  EXPECT_EQ(limit.admit("b", start), write_after(0));
  EXPECT_EQ(limit.admit("a", start + 1s), drop);
}

TEST(RateLimit, memory_is_bounded_and_a_full_one_lets_lines_through) {
  RateLimit limit(30s);
  for (int i = 0; i < 5'000; ++i) EXPECT_TRUE(limit.admit(std::to_string(i), start).write);
  const std::size_t most = limit.size();
  EXPECT_LE(most, 1'024U);
  EXPECT_TRUE(limit.admit("new", start + 31s).write);
  EXPECT_EQ(limit.size(), 1U);
}

TEST(RateLimit, a_run_has_ended_when_nothing_came_for_the_interval) {
  RateLimit limit(30s);
  limit.admit("a", start);
  limit.admit("a", start + 20s);
  limit.admit("b", start);
  EXPECT_THAT(limit.take_ended(start + 49s), IsEmpty());
  const RateLimit::Run a{.key = "a", .suppressed = 1, .last = start + 20s};
  EXPECT_THAT(limit.take_ended(start + 50s), ElementsAre(a));
  EXPECT_THAT(limit.take_ended(start + 90s), IsEmpty());
  EXPECT_EQ(limit.size(), 0U);
}

TEST(RateLimit, at_the_end_every_run_is_taken) {
  RateLimit limit(30s);
  limit.admit("a", start);
  limit.admit("a", start);
  limit.admit("b", start);
  const RateLimit::Run a{.key = "a", .suppressed = 1, .last = start};
  EXPECT_THAT(limit.take_all(), ElementsAre(a));
}

}  // namespace
}  // namespace towline::observe
