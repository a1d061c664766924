#include "config/probe.hpp"

#include <gtest/gtest.h>

namespace towline::config {
namespace {

using Kind = forward::ProbeSpec::Kind;

TEST(Probe, kinds) {
  EXPECT_EQ((*parse_probe("tcp"))->kind, Kind::tcp);
  EXPECT_EQ((*parse_probe("Banner"))->kind, Kind::banner);
  EXPECT_EQ((*parse_probe("http:/"))->kind, Kind::http);
  EXPECT_EQ((*parse_probe("http:/health?x=1"))->path, "/health?x=1");
  EXPECT_FALSE(*parse_probe("off"));
}

TEST(Probe, anything_else_is_a_problem) {
  for (const auto text : {"", "on", "http", "http:", "http:health", "http://host/", "http:/a b", "http:/a\nb",
                          "https:/", "tcp:80"}) {
    EXPECT_FALSE(parse_probe(text)) << text;
  }
}

}  // namespace
}  // namespace towline::config
