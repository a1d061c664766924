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

TEST(FamilySet, samples_of_a_registry_are_put_in_order) {
  prometheus::MetricFamily family;
  family.name = "x";
  for (const char* value : {"b", "c", "a"}) family.metric.emplace_back().label.push_back({"forward", value});
  FamilySet set;
  set.add({family});
  const auto metrics = set.take().at(0).metric;
  EXPECT_EQ(metrics[0].label[0].value, "a");
  EXPECT_EQ(metrics[2].label[0].value, "c");
}

TEST(FamilySet, label_values_from_outside_become_utf8) {
  FamilySet set;
  set.gauge("x", "h", {{"server_software", "SSH\xff"}}, 1);
  EXPECT_EQ(set.take()[0].metric[0].label[0].value, "SSH\xef\xbf\xbd");
}

}  // namespace
}  // namespace towline::observe
