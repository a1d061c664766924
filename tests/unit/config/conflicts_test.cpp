#include "config/conflicts.hpp"

#include "config/forwards.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace towline::config {
namespace {

using testing::HasSubstr;

Config config_with(std::string_view forwards) {
  Config config;
  for (const auto& line : parse_forwards(forwards).forwards) config.forwards.push_back(line.spec);
  give_names(config.forwards);
  return config;
}

TEST(Conflicts, two_listeners_on_one_address) {
  const std::pair<std::string_view, bool> table[] = {
      {"-L 80:a:1; -L 81:a:1", false},
      {"-L 80:a:1; -L 80:b:1", true},
      {"-L 80:a:1; -D 80", true},
      {"-L 127.0.0.1:80:a:1; -L 127.0.0.2:80:a:1", false},
      {"-L 127.0.0.1:80:a:1; -L *:80:a:1", true},
      {"-L 0.0.0.0:80:a:1; -L 127.0.0.1:80:a:1", true},
      {"-L 0.0.0.0:80:a:1; -L [::1]:80:a:1", false},
      {"-L [::]:80:a:1; -L [::1]:80:a:1", true},
      {"-L localhost:80:a:1; -L [::1]:80:a:1", true},
      {"-L 0:a:1; -L 0:a:1", false},
      {"-L /a:a:1; -L /a:b:1", true},
      {"-L /a:a:1; -L /b:a:1", false},
      {"-R 80:a:1; -L 80:a:1", false},
      {"-R 80:a:1; -R 80:b:1", true},
      {"-R 0:a:1; -R 0:b:1", false},
      {"-R 127.0.0.1:80:a:1; -R localhost:80:b:1", false},
      {"-R /a:a:1; -R /a:b:1", true},
      {"-L 9022:a:1", true},
      {"-L 10.0.0.1:9022:a:1", false},
      {"-R 9022:a:1", false},
  };
  for (const auto& [forwards, wrong] : table) {
    EXPECT_EQ(check_conflicts(config_with(forwards)).problems.size(), wrong ? 1u : 0u) << forwards;
  }
}

TEST(Conflicts, the_message_names_both) {
  const auto found = check_conflicts(config_with("a=-L 80:x:1; b=-D 80"));
  ASSERT_EQ(found.problems.size(), 1u);
  EXPECT_EQ(to_string(found.problems[0]),
            "SSH_FORWARDS: b listens where a does; give each an address or a port of its own");
}

TEST(Conflicts, an_access_log_that_the_level_hides) {
  Config config = config_with("-L 80:a:1");
  config.log.log_level = observe::Level::warn;
  EXPECT_TRUE(check_conflicts(config).warnings.empty());
  config.forwards.front().access_log = true;
  ASSERT_EQ(check_conflicts(config).warnings.size(), 1u);
  EXPECT_EQ(check_conflicts(config).warnings.front().variable, "TOWLINE_ACCESS_LOG");
  config.log.log_level = observe::Level::info;
  EXPECT_TRUE(check_conflicts(config).warnings.empty());
}

TEST(Conflicts, admin_and_control) {
  Config config = config_with("-L 80:a:1");
  config.control.listen = net::HostPort{"127.0.0.1", 9022};
  const auto found = check_conflicts(config);
  ASSERT_EQ(found.problems.size(), 1u);
  EXPECT_EQ(found.problems[0].variable, "TOWLINE_CONTROL_LISTEN");
  config.control = {{}, "/run/towline.sock"};
  EXPECT_TRUE(check_conflicts(config).problems.empty());
}

TEST(Conflicts, one_name_twice) {
  Config config = config_with("main=-L 80:a:1; b=-L 81:a:1");
  config.forwards[1].name = "main";
  const auto found = check_conflicts(config);
  ASSERT_EQ(found.problems.size(), 1u);
  EXPECT_THAT(found.problems[0].wrong, HasSubstr("two forwards have the name \"main\""));
}

TEST(Conflicts, many_sessions_for_nothing_to_share) {
  Config config = config_with("-R 80:a:1");
  config.pool.connections = 2;
  EXPECT_EQ(check_conflicts(config).warnings.size(), 1u);
  config = config_with("-R 80:a:1; -D 1080");
  config.pool.connections = 2;
  EXPECT_TRUE(check_conflicts(config).warnings.empty());
}

TEST(Conflicts, more_ready_forwards_than_required_ones) {
  Config config = config_with("-L 80:a:1; -L 81:a:1 required=no");
  config.ready = {observe::ReadyPolicy::Rule::at_least, 2};
  EXPECT_EQ(check_conflicts(config).warnings.size(), 1u);
  config.ready.count = 1;
  EXPECT_TRUE(check_conflicts(config).warnings.empty());
}

}  // namespace
}  // namespace towline::config
