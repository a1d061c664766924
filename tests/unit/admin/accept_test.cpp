#include "admin/accept.hpp"

#include <gtest/gtest.h>

namespace towline::admin {
namespace {

using observe::Exposition;

struct Row {
  const char* accept;
  Exposition exposition;
};

constexpr auto text_0_0_4 = Exposition::text_0_0_4;
constexpr auto openmetrics_1_0_0 = Exposition::openmetrics_1_0_0;

TEST(Accept, the_exposition_is_what_the_client_ranks_highest) {
  const Row rows[] = {
      {"", text_0_0_4},
      {"*/*", text_0_0_4},
      {"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", text_0_0_4},
      {"text/plain", text_0_0_4},
      {"text/plain;version=0.0.4", text_0_0_4},
      {"application/openmetrics-text", openmetrics_1_0_0},
      {"application/openmetrics-text; version=1.0.0", openmetrics_1_0_0},
      {"APPLICATION/OpenMetrics-Text; Version=\"1.0.0\"", openmetrics_1_0_0},
      // Prometheus 2
      {"application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
       "text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
       openmetrics_1_0_0},
      // Prometheus 3
      {"application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,"
       "application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,"
       "text/plain;version=0.0.4;q=0.2,*/*;q=0.1",
       openmetrics_1_0_0},
      {"text/plain;version=0.0.4;q=0.2,application/openmetrics-text;version=1.0.0;q=0.1", text_0_0_4},
      {"application/openmetrics-text, text/plain", openmetrics_1_0_0},
      {"text/plain, application/openmetrics-text", text_0_0_4},
      {"application/openmetrics-text;version=0.0.1", text_0_0_4},
      {"application/openmetrics-text;version=2.0.0, */*", text_0_0_4},
      {"application/openmetrics-text;q=0", text_0_0_4},
      {"application/openmetrics-text;q=nonsense", text_0_0_4},
      {"application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited",
       text_0_0_4},
      {",,;;,=,\"", text_0_0_4},
  };
  for (const Row& row : rows) EXPECT_EQ(negotiate_exposition(row.accept), row.exposition) << row.accept;
}

TEST(Accept, json_must_be_asked_for_by_name) {
  EXPECT_TRUE(prefers_json("application/json"));
  EXPECT_TRUE(prefers_json("application/json, */*"));
  EXPECT_TRUE(prefers_json("text/plain;q=0.5, application/json"));
  EXPECT_FALSE(prefers_json(""));
  EXPECT_FALSE(prefers_json("*/*"));
  EXPECT_FALSE(prefers_json("text/plain, application/json;q=0.5"));
  EXPECT_FALSE(prefers_json("application/json;q=0"));
}

}  // namespace
}  // namespace towline::admin
