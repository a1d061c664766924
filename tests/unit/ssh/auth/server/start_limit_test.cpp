#include "ssh/auth/server/start_limit.hpp"

#include <gtest/gtest.h>

namespace towline::ssh {
namespace {

TEST(StartLimit, turns_more_away_the_more_are_waiting) {
  const StartOptions options;
  EXPECT_EQ(turned_away_percent(options, 0), 0U);
  EXPECT_EQ(turned_away_percent(options, 9), 0U);
  EXPECT_EQ(turned_away_percent(options, 10), 30U);
  EXPECT_EQ(turned_away_percent(options, 37), 65U);
  EXPECT_EQ(turned_away_percent(options, 63), 98U);
  EXPECT_EQ(turned_away_percent(options, 64), 100U);
  EXPECT_EQ(turned_away_percent(options, 1'000'000), 100U);
  // sshd(8) on 10:30:100.
  EXPECT_EQ(turned_away_percent({10, 30, 100}, 55), 65U);
  EXPECT_EQ(turned_away_percent({10, 100, 64}, 10), 100U);
  EXPECT_EQ(turned_away_percent({64, 100, 64}, 63), 0U);
  EXPECT_EQ(turned_away_percent({64, 30, 64}, 64), 100U) << "no division by what is not there";
}

TEST(StartLimit, goes_by_chance) {
  const StartOptions options;
  EXPECT_TRUE(is_turned_away(options, 10, 29));
  EXPECT_FALSE(is_turned_away(options, 10, 30));
  EXPECT_TRUE(is_turned_away(options, 10, 4'000'000'029U));
  EXPECT_FALSE(is_turned_away(options, 9, 0));
  EXPECT_TRUE(is_turned_away(options, 64, 99));
}

}  // namespace
}  // namespace towline::ssh
