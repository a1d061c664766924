#include "observe/attendance.hpp"

#include "unit/observe/sample_facts.hpp"

#include <gtest/gtest.h>

namespace towline::observe {
namespace {

const Steady::time_point start = sample_now().steady;

TEST(Attendance, is_for_ever_where_nobody_looks_regularly) {
  const Attendance attendance(3s);
  EXPECT_EQ(attendance.since(start), Steady::time_point::min());
}

TEST(Attendance, goes_on_while_looks_follow_each_other) {
  Attendance attendance(3s);
  for (auto now = 0s; now < 60s; now += 2s) attendance.look(start + now);
  EXPECT_EQ(attendance.since(start + 60s), Steady::time_point::min());
}

TEST(Attendance, begins_anew_behind_a_break) {
  Attendance attendance(3s);
  attendance.look(start);
  EXPECT_EQ(attendance.since(start + 60s), start + 60s) << "before the look that ends it";
  attendance.look(start + 60s);
  attendance.look(start + 61s);
  EXPECT_EQ(attendance.since(start + 62s), start + 60s);
}

}  // namespace
}  // namespace towline::observe
