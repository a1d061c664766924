#include "admin/accept.hpp"

#include <gtest/gtest.h>

namespace towline::admin {
namespace {

using observe::Exposition;

struct Row {
  const char* accept;
  Exposition exposition;
};

constexpr auto text = Exposition::text_0_0_4;
constexpr auto open = Exposition::openmetrics_1_0_0;

TEST(Accept, the_exposition_is_what_the_client_ranks_highest) {
  const Row rows[] = {
      {"", text},
      {"*/*", text},
      {"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", text},
      {"text/plain", text},
      {"text/plain;version=0.0.4", text},
      {"application/openmetrics-text", open},
      {"application/openmetrics-text; version=1.0.0", open},
      {"APPLICATION/OpenMetrics-Text; Version=\"1.0.0\"", open},
      // Prometheus 2
      {"application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
       "text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
       open},
      // Prometheus 3
      {"application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,"
       "application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,"
       "text/plain;version=0.0.4;q=0.2,*/*;q=0.1",
       open},
      {"text/plain;version=0.0.4;q=0.2,application/openmetrics-text;version=1.0.0;q=0.1", text},
      {"application/openmetrics-text, text/plain", open},
      {"text/plain, application/openmetrics-text", text},
      {"application/openmetrics-text;version=0.0.1", text},
      {"application/openmetrics-text;version=2.0.0, */*", text},
      {"application/openmetrics-text;q=0", text},
      {"application/openmetrics-text;q=nonsense", text},
      {"application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited", text},
      {",,;;,=,\"", text},
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
