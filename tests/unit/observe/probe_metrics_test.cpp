#include "observe/probe_metrics.hpp"

#include "observe/family_set.hpp"
#include "observe/metrics.hpp"
#include "observe/openmetrics.hpp"
#include "unit/observe/sample_facts.hpp"

#include <gtest/gtest.h>

namespace towline::observe {
namespace {

class ProbeMetricsTest : public testing::Test {
 protected:
  void expect_line(const std::string& line) {
    FamilySet set;
    metrics_.collect(set, "db");
    const std::string text = "\n" + expose(set.take(), Exposition::text_0_0_4);
    EXPECT_NE(text.find("\n" + line + "\n"), std::string::npos) << line << "\nis not in" << text;
  }

  ProbeMetrics metrics_;
};

TEST_F(ProbeMetricsTest, begin_at_zero) {
  expect_line("towline_probe_success{forward=\"db\"} 0");
  expect_line("towline_probes_total{forward=\"db\"} 0");
  for (const ProbeFailure reason : all<ProbeFailure>())
    expect_line("towline_probe_failures_total{forward=\"db\",reason=\"" + std::string(to_string(reason)) +
                "\"} 0");
  expect_line("towline_probe_last_success_timestamp_seconds{forward=\"db\"} 0");
}

TEST_F(ProbeMetricsTest, a_success_and_a_failure_are_both_probes) {
  metrics_.succeeded(20ms, sample_now().wall);
  expect_line("towline_probe_success{forward=\"db\"} 1");
  metrics_.failed(ProbeFailure::timeout, 10s);
  expect_line("towline_probe_success{forward=\"db\"} 0");
  expect_line("towline_probes_total{forward=\"db\"} 2");
  expect_line("towline_probe_failures_total{forward=\"db\",reason=\"timeout\"} 1");
  expect_line("towline_probe_duration_seconds_sum{forward=\"db\"} 10.02");
  expect_line("towline_probe_last_success_timestamp_seconds{forward=\"db\"} 1767323045.678");
}

TEST_F(ProbeMetricsTest, a_lost_session_takes_the_success_with_it) {
  metrics_.succeeded(20ms, sample_now().wall);
  metrics_.forget();
  expect_line("towline_probe_success{forward=\"db\"} 0");
  expect_line("towline_probe_last_success_timestamp_seconds{forward=\"db\"} 1767323045.678");
}

TEST(ProbeSeries, exist_only_for_a_forward_that_is_probed) {
  ForwardTraits probed = sample_traits("db");
  probed.probed = true;
  const Metrics metrics(BuildInfo{}, {probed, sample_traits("cache")}, Log(Options{}));
  const std::string text = metrics.expose(Facts{}, Exposition::text_0_0_4);
  EXPECT_NE(text.find("towline_probe_success{forward=\"db\"}"), std::string::npos);
  EXPECT_EQ(text.find("towline_probe_success{forward=\"cache\"}"), std::string::npos);
}

}  // namespace
}  // namespace towline::observe
