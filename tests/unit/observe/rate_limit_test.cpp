#include "observe/rate_limit.hpp"

#include <gtest/gtest.h>

namespace towline::observe {
namespace {

using namespace std::chrono_literals;

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

}  // namespace
}  // namespace towline::observe
