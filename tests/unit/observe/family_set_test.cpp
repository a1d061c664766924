#include "observe/family_set.hpp"

#include <gtest/gtest.h>

namespace towline::observe {
namespace {

TEST(FamilySet, samples_of_one_name_share_a_family_and_families_are_sorted) {
  FamilySet set;
  set.gauge("b", "help of b", {{"forward", "x"}}, 1);
  set.counter("a_total", "help of a", {}, 2);
  set.gauge("b", "help of b", {{"forward", "y"}}, 3);
  const auto families = set.take();
  ASSERT_EQ(families.size(), 2U);
  EXPECT_EQ(families[0].name, "a_total");
  EXPECT_EQ(families[0].type, prometheus::MetricType::Counter);
  EXPECT_EQ(families[1].help, "help of b");
  ASSERT_EQ(families[1].metric.size(), 2U);
  EXPECT_EQ(families[1].metric[1].label[0].value, "y");
  EXPECT_EQ(families[1].metric[1].gauge.value, 3);
}

TEST(FamilySet, a_count_per_reason_is_a_sample_for_each_of_them) {
  CountPer<Disconnect> ends;
  ends.add(Disconnect::peer_closed);
  ends.add(Disconnect::peer_closed);
  FamilySet set;
  set.counters("x_total", "h", {"forward", "db"}, ends);
  const auto metrics = set.take().at(0).metric;
  ASSERT_EQ(metrics.size(), names<Disconnect>.size());
  for (const auto& metric : metrics) {
    EXPECT_EQ(metric.label.at(0).value, "db");
    EXPECT_EQ(metric.counter.value, metric.label.at(1).value == "peer_closed" ? 2 : 0);
  }
  EXPECT_EQ(ends.sum(), 2U);
}

TEST(FamilySet, label_values_from_outside_become_utf8) {
  FamilySet set;
  set.gauge("x", "h", {{"server_software", "SSH\xff"}}, 1);
  EXPECT_EQ(set.take()[0].metric[0].label[0].value, "SSH\xef\xbf\xbd");
}

}  // namespace
}  // namespace towline::observe
