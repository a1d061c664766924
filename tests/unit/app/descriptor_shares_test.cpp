#include "app/descriptor_shares.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace towline::app {
namespace {

using forward::Mode;
using testing::AllOf;
using testing::HasSubstr;

config::Config with(const std::vector<Mode>& forwards, int sessions = 1) {
  config::Config config;
  for (const auto mode : forwards) config.forwards.push_back({.mode = mode});
  config.pool.connections = sessions;
  config.admin.listen = net::HostPort{"127.0.0.1", 9022};
  return config;
}

TEST(DescriptorShares, follow_from_the_limit_and_from_what_runs) {
  auto off = with({Mode::local});
  off.admin.listen.reset();
  auto control = with({Mode::local});
  control.control.path = "/run/control.sock";
  struct Row {
    const char* what;
    std::size_t limit;
    std::size_t open;
    config::Config config;
    std::size_t http_clients;
    std::size_t connections;
  };
  const Row rows[] = {
      {"one -R looks its target up", 1024, 3, with({Mode::remote}), 64, 860},
      {"one -L has a listener of its own", 1024, 3, with({Mode::local}), 64, 922},
      {"and so has each", 1024, 3, with({Mode::local, Mode::dynamic, Mode::remote}), 64, 856},
      {"what is open is open", 1024, 10, with({Mode::remote}), 64, 853},
      {"each session has a thread", 1024, 3, with({Mode::local}, 4), 64, 883},
      {"but of -R there is one only", 1024, 3, with({Mode::remote}, 4), 64, 860},
      {"nobody to ask", 1024, 3, off, 64, 992},
      {"two ports to ask", 1024, 3, control, 64, 855},
      {"few: few clients of the admin port", 256, 3, with({Mode::remote}), 16, 188},
      {"very few", 64, 3, with({Mode::remote}), 4, 20},
      {"the first connection", 45, 3, with({Mode::remote}), 4, 1},
      {"none", 44, 3, with({Mode::remote}), 4, 0},
      {"not even what it needs itself", 16, 3, with({Mode::remote}), 4, 0},
  };
  for (const auto& row : rows) {
    const auto shares = share_descriptors(row.limit, row.open, row.config);
    EXPECT_EQ(shares.http_clients, row.http_clients) << row.what;
    EXPECT_EQ(shares.connections, row.connections) << row.what;
    if (shares.connections > 0) {
      EXPECT_EQ(shares.kept_back + shares.connections, row.limit) << row.what;
    }
  }
}

std::string line_about(const config::Config& config, std::size_t limit) {
  std::string line;
  const observe::Log log(observe::Options{}, [&](std::string_view text) { line = text; });
  log_shares(log, config, share_descriptors(limit, 3, config));
  return line;
}

TEST(DescriptorShares, of_the_limit_that_the_warning_asks_for_are_enough) {
  EXPECT_GE(share_descriptors(4544, 3, with({Mode::remote})).connections, 4096U);
  EXPECT_THAT(line_about(with({Mode::remote}), 64), HasSubstr("to 4544 (ulimit -Hn"));
}

TEST(DescriptorShares, are_told_in_one_line) {
  EXPECT_THAT(line_about(with({Mode::remote}), 65'536),
              AllOf(HasSubstr("INFO"), HasSubstr("descriptors=65536 connections=61340")));
}

TEST(DescriptorShares, that_are_less_than_a_forward_may_have_are_a_warning_with_what_to_do) {
  EXPECT_THAT(line_about(with({Mode::remote}), 1024),
              AllOf(HasSubstr("WARN"), HasSubstr("descriptors=1024 connections=860 max_connections=4096"),
                    HasSubstr("to 4544 (ulimit -Hn"), HasSubstr("to 860")));
}

}  // namespace
}  // namespace towline::app
