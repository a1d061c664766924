#include "expose/metrics.hpp"

#include "observe/family_set.hpp"
#include "observe/openmetrics.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace towline::expose {
namespace {

using testing::HasSubstr;

std::string scraped(const Metrics& metrics) {
  observe::FamilySet families;
  metrics.collect(families);
  return observe::expose(families.take(), observe::Exposition::text_0_0_4);
}

TEST(ExposeMetrics, are_there_at_zero_from_the_start) {
  const auto text = scraped(Metrics());
  for (const auto* kind : {"http", "sni", "tcp", "ssh_alias", "alias"})
    EXPECT_THAT(text, HasSubstr("towline_exposed{kind=\"" + std::string(kind) + "\"} 0"));
  for (const auto* reason :
       {"network", "too_many", "unknown", "not_admitted", "full", "not_opened", "timed_out", "no_descriptor"})
    EXPECT_THAT(text, HasSubstr("towline_visitors_refused_total{reason=\"" + std::string(reason) + "\"} 0"));
}

TEST(ExposeMetrics, count_what_is_offered_and_who_came) {
  Metrics metrics;
  metrics.exposed(Kind::tcp);
  metrics.exposed(Kind::tcp);
  metrics.ended(Kind::tcp);
  metrics.visited(Kind::alias);
  metrics.refused(NotHad::quota);
  metrics.turned_away(NotFound::full);
  const auto text = scraped(metrics);
  EXPECT_THAT(text, HasSubstr("towline_exposed{kind=\"tcp\"} 1"));
  EXPECT_THAT(text, HasSubstr("towline_visitor_connections_total{kind=\"alias\"} 1"));
  EXPECT_THAT(text, HasSubstr("towline_exposed_refused_total{reason=\"quota\"} 1"));
  EXPECT_THAT(text, HasSubstr("towline_visitors_refused_total{reason=\"full\"} 1"));
}

}  // namespace
}  // namespace towline::expose
