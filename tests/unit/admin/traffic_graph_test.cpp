#include "admin/traffic_graph.hpp"

#include "unit/observe/sample_facts.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace towline::admin {
namespace {

using observe::before;
using observe::TrafficRate;
using observe::operator""s;
using testing::HasSubstr;
using testing::Not;

TrafficRate rate(observe::Steady::duration began, observe::Steady::duration ended, std::uint64_t connections,
                 double received = 0, double sent = 0) {
  return {.began = before(began).steady,
          .ended = before(ended).steady,
          .connections = connections,
          .received = received,
          .sent = sent};
}

std::string drawn(const std::vector<TrafficRate>& rates) {
  return traffic_section(rates, observe::sample_now().steady);
}

TEST(TrafficGraph, before_anything_is_noted_there_is_a_ground_line_and_no_number) {
  EXPECT_THAT(drawn({}),
              HasSubstr("<span class=\"soft\">Sent</span> <b>-</b> <span class=\"soft\">peak -</span>"));
  EXPECT_THAT(drawn({}), HasSubstr("<path d=\"\"/>"));
}

TEST(TrafficGraph, steps_stand_on_the_ground_and_reach_up_to_the_peak) {
  EXPECT_THAT(drawn({rate(30s, 20s, 2), rate(20s, 10s, 4), rate(10s, 0s, 1)}),
              HasSubstr("<path d=\"M57 40V20H58V0H59V30H60V40z\"/>"));
}

TEST(TrafficGraph, numbers_say_now_and_peak) {
  const auto html = drawn({rate(20s, 10s, 4, 2048, 512), rate(10s, 0s, 1, 1024, 0)});
  EXPECT_THAT(
      html, HasSubstr("<span class=\"soft\">Connections</span> <b>1</b> <span class=\"soft\">peak 4</span>"));
  EXPECT_THAT(html, HasSubstr("<span class=\"soft\">Received</span> <b>1.0 KiB/s</b> <span "
                              "class=\"soft\">peak 2.0 KiB/s</span>"));
  EXPECT_THAT(
      html,
      HasSubstr("<span class=\"soft\">Sent</span> <b>0 B/s</b> <span class=\"soft\">peak 512 B/s</span>"));
  EXPECT_THAT(
      html,
      HasSubstr(
          "role=\"img\" aria-label=\"Received in the last 10 minutes: now 1.0 KiB/s, at most 2.0 KiB/s\""));
}

TEST(TrafficGraph, the_smallest_traffic_is_seen_and_none_is_not) {
  EXPECT_THAT(drawn({rate(20s, 10s, 0, 1), rate(10s, 0s, 0, 1e9)}), HasSubstr("M58 40V39H59V0H60V40z"));
  EXPECT_THAT(drawn({rate(10s, 0s, 0)}), HasSubstr("M59 40H60V40z"));
}

TEST(TrafficGraph, a_gap_is_drawn_as_one) {
  EXPECT_THAT(drawn({rate(100s, 90s, 3), rate(90s, 20s, 3), rate(20s, 10s, 3)}),
              HasSubstr("M50 40V0H51V40zM58 40V0H59V40z"));
}

TEST(TrafficGraph, a_clock_that_is_a_little_off_leaves_no_gap) {
  EXPECT_THAT(drawn({rate(30400ms, 20300ms, 1), rate(20300ms, 10200ms, 1), rate(10200ms, 100ms, 1)}),
              HasSubstr("M57 40V0H58H59H60V40z"));
}

TEST(TrafficGraph, what_is_older_than_the_window_is_left_out) {
  const auto html = drawn({rate(4000s, 3990s, 999), rate(10s, 0s, 1)});
  EXPECT_THAT(html, Not(HasSubstr("999")));
  EXPECT_EQ(drawn({rate(4000s, 3990s, 999)}), drawn({}));
}

TEST(TrafficGraph, the_busiest_ten_minutes_stay_small) {
  std::vector<TrafficRate> rates;
  for (int i = 60; i > 0; --i) {
    const auto big = static_cast<double>(i % 2 == 0 ? 37 : 41) * 1e15;
    rates.push_back(rate(i * 10s, (i - 1) * 10s, 1'000'000U + static_cast<unsigned>(i % 2), big, big));
  }
  EXPECT_LT(drawn(rates).size(), 3000U);
}

}  // namespace
}  // namespace towline::admin
