#include "expose/names/rate.hpp"

#include <gtest/gtest.h>

namespace towline::expose {
namespace {

using namespace std::chrono_literals;
constexpr Rate::Clock::time_point start{1000s};

TEST(Rate, without_one_nobody_waits) { EXPECT_EQ(Rate(0).spend(1'000'000'000, start), 0s); }

TEST(Rate, a_seconds_worth_goes_at_once_and_what_is_more_waits) {
  Rate rate(1000);
  EXPECT_EQ(rate.spend(1000, start), 0s);
  EXPECT_EQ(rate.spend(500, start), 500ms);
  EXPECT_EQ(rate.spend(500, start + 500ms), 500ms);
}

TEST(Rate, what_was_not_used_is_kept_for_a_second_only) {
  Rate rate(1000);
  rate.spend(1000, start);
  EXPECT_EQ(rate.spend(1000, start + 1h), 0s);
  EXPECT_EQ(rate.spend(100, start + 1h), 100ms);
}

}  // namespace
}  // namespace towline::expose
