#include "observe/traffic.hpp"

#include "unit/observe/sample_facts.hpp"

#include <gtest/gtest.h>

namespace towline::observe {
namespace {

ForwardTotals totals_of(std::uint64_t active, std::uint64_t received, std::uint64_t sent) {
  ForwardTotals totals;
  totals.connections_active = active;
  totals.received_bytes = received;
  totals.sent_bytes = sent;
  return totals;
}

TEST(Traffic, there_is_no_rate_before_the_second_note) {
  TrafficHistory history;
  EXPECT_TRUE(history.rates().empty());
  history.note(sample_now().steady, totals_of(1, 2, 3));
  EXPECT_TRUE(history.rates().empty());
}

TEST(Traffic, counters_become_bytes_per_second_and_connections_stay_what_they_are) {
  TrafficHistory history;
  history.note(before(10s).steady, totals_of(1, 1000, 50));
  history.note(sample_now().steady, totals_of(7, 3000, 100));
  const auto rates = history.rates();
  ASSERT_EQ(rates.size(), 1U);
  EXPECT_EQ(rates[0].began, before(10s).steady);
  EXPECT_EQ(rates[0].ended, sample_now().steady);
  EXPECT_EQ(rates[0].connections, 7U);
  EXPECT_DOUBLE_EQ(rates[0].received, 200);
  EXPECT_DOUBLE_EQ(rates[0].sent, 5);
}

TEST(Traffic, the_oldest_note_makes_room_for_the_newest) {
  constexpr int notes = 150;
  TrafficHistory history;
  std::uint64_t received = 0;
  for (int i = 0; i < notes; ++i) {
    received += 10U * static_cast<unsigned>(i);
    history.note(sample_now().steady + i * traffic_interval,
                 totals_of(static_cast<unsigned>(i), received, 0));
  }
  const auto rates = history.rates();
  ASSERT_EQ(rates.size(), 60U) << "ten minutes";
  for (std::size_t i = 0; i < rates.size(); ++i) {
    const std::size_t note = notes - rates.size() + i;
    EXPECT_EQ(rates[i].connections, note);
    EXPECT_DOUBLE_EQ(rates[i].received, static_cast<double>(note));
    EXPECT_EQ(rates[i].ended - rates[i].began, traffic_interval);
  }
}

TEST(Traffic, a_gap_spreads_what_came_over_its_length) {
  TrafficHistory history;
  history.note(before(100s).steady, totals_of(0, 0, 0));
  history.note(sample_now().steady, totals_of(0, 1000, 0));
  ASSERT_EQ(history.rates().size(), 1U);
  EXPECT_DOUBLE_EQ(history.rates()[0].received, 10);
}

TEST(Traffic, a_counter_that_went_back_has_begun_anew) {
  TrafficHistory history;
  history.note(before(10s).steady, totals_of(0, 5000, 9000));
  history.note(sample_now().steady, totals_of(0, 400, 9000));
  EXPECT_DOUBLE_EQ(history.rates().at(0).received, 40);
  EXPECT_DOUBLE_EQ(history.rates().at(0).sent, 0);
}

TEST(Traffic, a_note_that_is_not_later_is_left_out) {
  TrafficHistory history;
  history.note(before(10s).steady, totals_of(0, 0, 0));
  history.note(sample_now().steady, totals_of(1, 100, 0));
  history.note(sample_now().steady, totals_of(2, 900, 0));
  history.note(before(5s).steady, totals_of(3, 900, 0));
  ASSERT_EQ(history.rates().size(), 1U);
  EXPECT_EQ(history.rates()[0].connections, 1U);
}

}  // namespace
}  // namespace towline::observe
