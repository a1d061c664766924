#include "observe/instant.hpp"

#include <gtest/gtest.h>

namespace towline::observe {
namespace {

using namespace std::chrono_literals;

TEST(Instant, a_time_is_written_in_utc_with_milliseconds) {
  constexpr auto day = std::chrono::sys_days{std::chrono::year{2026} / 1 / 2};
  EXPECT_EQ(rfc3339(Wall::time_point{day + 3h + 4min + 5s + 678ms}), "2026-01-02T03:04:05.678Z");
  EXPECT_EQ(rfc3339(Wall::time_point{}), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(rfc3339(Wall::time_point{1ms}), "1970-01-01T00:00:00.001Z");
}

TEST(Instant, unix_seconds_keep_milliseconds) {
  EXPECT_DOUBLE_EQ(unix_seconds(Wall::time_point{1'500'250us}), 1.5);
  EXPECT_DOUBLE_EQ(unix_seconds(Wall::time_point{1'767'323'045'678ms}), 1767323045.678);
}

TEST(Instant, an_age_is_shown_in_its_two_largest_units) {
  EXPECT_EQ(brief(-5s), "0s");
  EXPECT_EQ(brief(0s), "0s");
  EXPECT_EQ(brief(999ms), "0s");
  EXPECT_EQ(brief(42s), "42s");
  EXPECT_EQ(brief(60s), "1m");
  EXPECT_EQ(brief(192s), "3m12s");
  EXPECT_EQ(brief(2h + 5min + 9s), "2h5m");
  EXPECT_EQ(brief(2h + 9s), "2h");
  EXPECT_EQ(brief(97h), "4d1h");
}

}  // namespace
}  // namespace towline::observe
