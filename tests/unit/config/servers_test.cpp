#include "config/servers.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace towline::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

ServerWords words(std::string host, std::optional<std::uint16_t> port = {},
                  std::optional<std::string> user = {}) {
  return {std::move(user), std::move(host), port};
}

TEST(Servers, one_server_in_all_its_forms) {
  EXPECT_THAT(*parse_servers("db"), ElementsAre(words("db")));
  EXPECT_THAT(*parse_servers("db:2222"), ElementsAre(words("db", 2222)));
  EXPECT_THAT(*parse_servers("10.0.0.1:22"), ElementsAre(words("10.0.0.1", 22)));
  EXPECT_THAT(*parse_servers("2001:db8::1"), ElementsAre(words("2001:db8::1")));
  EXPECT_THAT(*parse_servers("[2001:db8::1]"), ElementsAre(words("2001:db8::1")));
  EXPECT_THAT(*parse_servers("[::1]:1"), ElementsAre(words("::1", 1)));
  EXPECT_THAT(*parse_servers("db:2"), ElementsAre(words("db", 2)));
}

TEST(Servers, a_list_is_a_pool) {
  EXPECT_THAT(*parse_servers("a, b:2222,[::1]:22 ,::2"),
              ElementsAre(words("a"), words("b", 2222), words("::1", 22), words("::2")));
}

TEST(Servers, anything_else_is_a_problem) {
  for (const auto text :
       {"", ",", "a,", "a,,b", "a b", "a:0", "a:x", "a:65536", ":22", "user@a", "[::1", "a/b"}) {
    EXPECT_FALSE(parse_servers(text)) << text;
  }
  EXPECT_EQ(parse_servers("a:x").error().wrong, "is not a server");
  EXPECT_THAT(parse_servers("b,a:x").error().wrong, HasSubstr("\"a:x\""));
}

TEST(Servers, may_be_written_as_urls_of_ssh_and_of_nothing_else) {
  EXPECT_THAT(*parse_servers("ssh://a:2222/"), ElementsAre(words("a", 2222)));
  EXPECT_EQ(parse_servers("http://a:80").error().wrong, "is a URL, not a server that speaks SSH");
  EXPECT_FALSE(parse_servers("ssh://me@a"));
}

TEST(Servers, jump_hosts_have_users) {
  EXPECT_THAT(*parse_jump_hosts("a,me@b:2222,ssh://you@[::1]:22"),
              ElementsAre(words("a"), words("b", 2222, "me"), words("::1", 22, "you")));
  EXPECT_THAT(*parse_jump_hosts("me@corp@b"), ElementsAre(words("b", {}, "me@corp")));
  EXPECT_THAT(*parse_jump_hosts("John Doe@b"), ElementsAre(words("b", {}, "John Doe")));
  for (const auto text : {"", "@a", "me@", "me:hunter2@a", "a,,b", "none!"})
    EXPECT_FALSE(parse_jump_hosts(text)) << text;
}

TEST(Servers, paths) {
  EXPECT_THAT(*parse_paths("/a, /b"), ElementsAre("/a", "/b"));
  EXPECT_FALSE(parse_paths("/a,"));
}

}  // namespace
}  // namespace towline::config
