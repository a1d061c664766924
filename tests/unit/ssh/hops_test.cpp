// The sessions themselves are in tests/integration/jump_test.cpp.
#include "ssh/hops.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <utility>

namespace towline::ssh {
namespace {

using namespace std::chrono_literals;

TEST(Hops, on_the_way_have_their_own_name_and_credentials_and_share_the_rest) {
  Options options;
  options.server = {"db", 22};
  options.user = "root";
  options.credentials.keys = {{.file = "/id_rsa", .text = nullptr}};
  options.host_key = {.known_hosts_files = {"/known_hosts"},
                      .known_hosts_text = {},
                      .fingerprints = {},
                      .accepted_file = {},
                      .alias = "alias",
                      .strict = StrictHostKeyChecking::yes};
  JumpHost hop{{"bastion", 2222}, "ann", {}};
  hop.credentials.keys = {{.file = "/bastion_key", .text = nullptr}};
  options.jump_hosts = {hop};

  const auto servers = servers_on_the_way(options);
  ASSERT_EQ(servers.size(), 2U);
  EXPECT_EQ(servers[0].server, (net::HostPort{"bastion", 2222}));
  EXPECT_EQ(servers[0].user, "ann");
  EXPECT_EQ(servers[0].credentials.keys.front().file, "/bastion_key");
  EXPECT_EQ(servers[0].host_key.known_hosts_files, options.host_key.known_hosts_files);
  EXPECT_EQ(servers[0].host_key.strict, StrictHostKeyChecking::yes);
  EXPECT_EQ(servers[0].host_key.alias, "") << "the alias is the last server's";
  EXPECT_EQ(servers[1].server, options.server);
  EXPECT_EQ(servers[1].credentials.keys.front().file, "/id_rsa");
  EXPECT_EQ(servers[1].host_key.alias, "alias");
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
