#include "observe/openmetrics.hpp"

#include "observe/family_set.hpp"
#include "observe/histogram.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace towline::observe {
namespace {

std::string open(FamilySet& set) { return expose(set.take(), Exposition::openmetrics_1_0_0); }

TEST(Openmetrics, a_counter_family_is_named_without_total_and_has_its_unit) {
  FamilySet set;
  set.counter("towline_sent_bytes_total", "Bytes.", {{"forward", "db"}}, 3e15);
  EXPECT_EQ(
      open(set),
      "# TYPE towline_sent_bytes counter\n# UNIT towline_sent_bytes bytes\n# HELP towline_sent_bytes Bytes.\n"
      "towline_sent_bytes_total{forward=\"db\"} 3e+15\n# EOF\n");
}

TEST(Openmetrics, an_info_series_is_an_info) {
  FamilySet set;
  set.gauge("towline_build_info", "Versions.", {{"version", "1"}}, 1);
  EXPECT_EQ(open(set),
            "# TYPE towline_build info\n# HELP towline_build Versions.\n"
            "towline_build_info{version=\"1\"} 1\n# EOF\n");
}

// The family of a counter has its name without "_total".
TEST(Openmetrics, a_counter_beside_a_gauge_of_its_name_is_of_unknown_type) {
  FamilySet set;
  set.gauge("towline_clients", "Are there.", {}, 1);
  set.counter("towline_clients_total", "Came.", {}, 2);
  EXPECT_EQ(open(set),
            "# TYPE towline_clients gauge\n# HELP towline_clients Are there.\ntowline_clients 1\n"
            "# TYPE towline_clients_total unknown\n# HELP towline_clients_total Came.\n"
            "towline_clients_total 2\n# EOF\n");
}

TEST(Openmetrics, bucket_bounds_are_canonical_floats) {
  static constexpr double bounds[] = {0.5, 1};
  Histogram histogram(bounds);
  histogram.observe(0.75);
  FamilySet set;
  set.histogram("x_seconds", "X.", {{"forward", "a"}}, histogram);
  EXPECT_EQ(open(set),
            "# TYPE x_seconds histogram\n# UNIT x_seconds seconds\n# HELP x_seconds X.\n"
            "x_seconds_bucket{forward=\"a\",le=\"0.5\"} 0\nx_seconds_bucket{forward=\"a\",le=\"1.0\"} 1\n"
            "x_seconds_bucket{forward=\"a\",le=\"+Inf\"} 1\nx_seconds_count{forward=\"a\"} 1\n"
            "x_seconds_sum{forward=\"a\"} 0.75\n# EOF\n");
}

TEST(Openmetrics, help_and_label_values_are_escaped) {
  FamilySet set;
  set.gauge("x", "a \"b\"\n\\", {{"v", "c \"d\"\n\\"}}, 1);
  EXPECT_EQ(open(set), "# TYPE x gauge\n# HELP x a \\\"b\\\"\\n\\\\\nx{v=\"c \\\"d\\\"\\n\\\\\"} 1\n# EOF\n");
}

TEST(Openmetrics, values_that_are_no_numbers_have_names) {
  FamilySet set;
  set.gauge("a", "A.", {}, std::numeric_limits<double>::infinity());
  set.gauge("b", "B.", {}, std::numeric_limits<double>::quiet_NaN());
  const std::string text = open(set);
  EXPECT_NE(text.find("\na +Inf\n"), std::string::npos);
  EXPECT_NE(text.find("\nb NaN\n"), std::string::npos);
}

TEST(Openmetrics, the_text_format_keeps_full_names) {
  FamilySet set;
  set.counter("x_total", "X.", {}, 1);
  EXPECT_EQ(expose(set.take(), Exposition::text_0_0_4),
            "# HELP x_total X.\n# TYPE x_total counter\nx_total 1\n");
}

TEST(Openmetrics, a_content_type_names_version_and_character_set) {
  EXPECT_EQ(content_type(Exposition::text_0_0_4), "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_EQ(content_type(Exposition::openmetrics_1_0_0),
            "application/openmetrics-text; version=1.0.0; charset=utf-8");
}

}  // namespace
}  // namespace towline::observe
