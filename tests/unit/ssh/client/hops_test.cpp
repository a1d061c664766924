// The sessions themselves are in tests/integration/jump_test.cpp.
#include "ssh/client/hops.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <utility>
#include <vector>

namespace towline::ssh {
namespace {

using namespace std::chrono_literals;

TEST(Hops, on_the_way_have_their_own_name_and_credentials) {
  Options options;
  options.user = "root";
  options.credentials.keys = {{.file = "/id_rsa", .text = nullptr}};
  JumpHost hop{{"bastion", 2222}, "ann", {}};
  hop.credentials.keys = {{.file = "/bastion_key", .text = nullptr}};
  options.jump_hosts = {hop};

  const auto servers = servers_on_the_way({"db", 22}, options);
  ASSERT_EQ(servers.size(), 2U);
  EXPECT_EQ(servers[0].server, (net::HostPort{"bastion", 2222}));
  EXPECT_EQ(servers[0].user, "ann");
  EXPECT_EQ(servers[0].credentials.keys.front().file, "/bastion_key");
  EXPECT_EQ(servers[1].server, (net::HostPort{"db", 22}));
  EXPECT_EQ(servers[1].user, "root");
  EXPECT_EQ(servers[1].credentials.keys.front().file, "/id_rsa");
}

TEST(Hops, share_the_host_key_rules_but_not_the_alias_which_is_the_last_servers) {
  const auto rules = host_key_options_on_the_way({.known_hosts_files = {"/known_hosts"},
                                                  .known_hosts_text = {},
                                                  .fingerprints = {},
                                                  .accepted_file = {},
                                                  .alias = "alias",
                                                  .strict = StrictHostKeyChecking::yes});
  EXPECT_EQ(rules.known_hosts_files, std::vector<std::string>{"/known_hosts"});
  EXPECT_EQ(rules.strict, StrictHostKeyChecking::yes);
  EXPECT_EQ(rules.alias, "");
}

TEST(Hops, are_to_blame_for_a_silence_that_is_theirs_too) {
  const KeepaliveOptions three{.interval = 10s, .count_max = 3};  // dead after 40 s
  const std::pair<std::chrono::seconds, bool> rows[] = {{40s, true}, {35s, true}, {34s, false}, {10s, false}};
  for (const auto& [silence, blamed] : rows)
    EXPECT_EQ(is_silent_too(three, silence), blamed) << silence.count();
  EXPECT_FALSE(is_silent_too({.interval = 0s, .count_max = 3}, 1h)) << "nobody asks for signs of life";
}

TEST(Hops, are_called_by_name_and_port) {
  EXPECT_EQ(jump_host_name({"bastion", 22}), "jump host bastion:22");
  EXPECT_EQ(jump_host_name({"::1", 22}), "jump host [::1]:22");
}

}  // namespace
}  // namespace towline::ssh
