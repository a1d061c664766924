#include "config/forwards.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace towline::config {
namespace {

using Kind = forward::ProbeSpec::Kind;
using namespace std::chrono_literals;
using forward::Mode;
using forward::ProbeSpec;
using forward::ProxyProtocol;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<std::string> specs(const ForwardLines& lines) {
  std::vector<std::string> out;
  for (const auto& line : lines.forwards) out.push_back(line.spec.name + '=' + spec_text(line.spec));
  return out;
}

std::vector<std::string> line_complaints(const ForwardLines& lines) {
  std::vector<std::string> out;
  for (const auto& complaint : lines.complaints) out.push_back(complaint.wrong);
  return out;
}

TEST(Forwards, one_per_line_or_semicolon) {
  const auto lines = parse_forwards(
      "# databases\n"
      "db=-L 5432:db:5432\n"
      "\n"
      "  -R 0.0.0.0:8080:web:80   # the page\n"
      "-D 1080; socket=-L/run/x.sock:db:1 ;;\r\n"
      "named= -R 22:localhost:22");
  EXPECT_THAT(line_complaints(lines), IsEmpty());
  EXPECT_THAT(specs(lines),
              ElementsAre("db=-L localhost:5432:db:5432", "=-R 0.0.0.0:8080:web:80", "=-D localhost:1080",
                          "socket=-L /run/x.sock:db:1", "named=-R localhost:22:localhost:22"));
}

TEST(Forwards, nothing_is_no_forward) {
  for (const auto text : {"", "\n\n", ";", "# only a comment", "  \t"}) {
    const auto lines = parse_forwards(text);
    EXPECT_TRUE(lines.forwards.empty() && lines.complaints.empty()) << text;
  }
}

TEST(Forwards, options) {
  const auto lines = parse_forwards(
      "-R 80:web:80 required=no max_connections=7 idle_timeout=1m probe=http:/up#1 proxy_protocol=v2\n"
      "-L 81:web:80 required probe=off\n"
      "-D 1080 max_connections=1; -S 22 required=no max_connections=3");
  ASSERT_THAT(line_complaints(lines), IsEmpty());
  const auto& first = lines.forwards.at(0);
  EXPECT_FALSE(first.spec.required);
  EXPECT_EQ(first.max_connections, 7u);
  EXPECT_EQ(first.idle_timeout, 60s);
  EXPECT_EQ(first.probe.value()->kind, ProbeSpec::Kind::http);
  EXPECT_EQ(first.probe.value()->path, "/up#1");
  EXPECT_EQ(first.spec.proxy_protocol, ProxyProtocol::v2);
  const auto& second = lines.forwards.at(1);
  EXPECT_TRUE(second.spec.required);
  EXPECT_TRUE(second.probe && !*second.probe);
  EXPECT_FALSE(second.max_connections || second.idle_timeout);
  EXPECT_FALSE(lines.forwards.at(3).spec.required);
  EXPECT_EQ(lines.forwards.at(3).max_connections, 3u);
}

TEST(Forwards, every_bad_line_is_reported_with_its_number) {
  const auto lines = parse_forwards(
      "-L 80\n"
      "-L 8080:db:80\n"
      "8080:db:80\n"
      "-X 8080:db:80; -L 81:db:80 ; -L\n"
      "-L 1:db:1 max=3\n"
      "-L 1:db:1 proxy_protocol=v1\n"
      "-D 1080 probe=tcp\n"
      "-D 1080 idle_timeout\n"
      "a=-D 1\n"
      "a=-D 2\n"
      "/=-D 3\n"
      "-R 1080\n"
      "-S 22 probe=tcp\n"
      "-S 22 idle_timeout=1\n"
      "-S 22 proxy_protocol=v1\n"
      "s=-S");
  EXPECT_THAT(
      line_complaints(lines),
      ElementsAre(
          "line 1: \"80\" names no target", "line 3: \"8080:db:80\" does not begin with -L, -R, -D or -S",
          "line 4, entry 1: \"-X 8080:db:80\" does not begin with -L, -R, -D or -S",
          "line 4, entry 3: \"-L\" is not followed by an address",
          "line 5: \"max=3\" is not an option of a forward", "line 6: \"proxy_protocol=v1\" is only for -R",
          "line 7: \"probe=tcp\" is not for -D, which has no target",
          "line 8: \"idle_timeout\" is not a duration", "line 10: the name \"a\" is taken",
          "line 11: \"/\" is not a name for a forward", HasSubstr("line 12: \"1080\" asks for a SOCKS"),
          "line 13: \"probe=tcp\" is not for -S, which has no target",
          "line 14: \"idle_timeout=1\" is not for -S, whose clients stay as long as they like",
          "line 15: \"proxy_protocol=v1\" is only for -R", "line 16: \"-S\" is not followed by an address"));
  EXPECT_EQ(lines.forwards.size(), 3u);
}

TEST(Forwards, names_are_readable_and_unique) {
  std::vector<forward::ForwardSpec> all;
  for (const auto& line :
       parse_forwards(
           "L80=-D 9; -L 80:a:1; -L 80:b:1; -R 0:a:1; -R 0:b:1; -D 1080;"
           "-L /run/my db:a:1; -L /run/we_ird+.sock:a:1;-L /:a:1; -S 2222; -S *:2222;-S /run/s.sock")
           .forwards) {
    all.push_back(line.spec);
  }
  give_names(all);
  std::vector<std::string> names;
  for (const auto& spec : all) names.push_back(spec.name);
  EXPECT_THAT(names, ElementsAre("L80", "L80-2", "L80-3", "R0", "R0-2", "D1080", "L-we_ird_.sock", "L-",
                                 "S2222", "S2222-2", "S-s.sock"));
}

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
