#include "config/ssh_option_values.hpp"

#include "config/ssh_option_table.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace towline::config {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(SshOptionValues, map_the_log_level_and_never_hide_errors) {
  const std::pair<std::string, observe::Level> rows[] = {
      {"QUIET", observe::Level::error},   {"fatal", observe::Level::error},
      {"ERROR", observe::Level::error},   {"INFO", observe::Level::info},
      {"VERBOSE", observe::Level::debug}, {"DEBUG", observe::Level::debug},
      {"DEBUG1", observe::Level::debug},  {"DEBUG2", observe::Level::trace},
      {"DEBUG3", observe::Level::trace}};
  for (const auto& [word, level] : rows) EXPECT_EQ(*parse_ssh_log_level(word), level) << word;
}

TEST(SshOptionValues, have_a_word_for_nothing) {
  EXPECT_THAT(*parse_whole_paths("/a  /b"), ElementsAre("/a", "/b"));
  EXPECT_THAT(*parse_whole_paths("none"), IsEmpty());
  EXPECT_EQ(*parse_identity_agent("none"), "");
  EXPECT_THAT(*parse_proxy_jump("none"), IsEmpty());
}

TEST(SshOptionValues, that_make_no_sense_are_complained_about) {
  const std::pair<std::string, std::string> rows[] = {{"HostName", "a b"},
                                                      {"ConnectTimeout", "soon"},
                                                      {"AddressFamily", "4"},
                                                      {"BindAddress", "localhost"},
                                                      {"BindInterface", "a/b"},
                                                      {"TCPKeepAlive", "maybe"},
                                                      {"ProxyJump", "a:b:c,"},
                                                      {"IdentityFile", "~/.ssh/id_rsa"},
                                                      {"IdentityFile", "/keys/%r"},
                                                      {"UserKnownHostsFile", "/a ~/b"},
                                                      {"PreferredAuthentications", "retina"},
                                                      {"LogLevel", "LOUD"},
                                                      {"StreamLocalBindMask", "9"},
                                                      {"LocalForward", "8080"},
                                                      {"LocalForward", "8080 "},
                                                      {"LocalForward", " "},
                                                      {"RemoteForward", "1080"},
                                                      {"DynamicForward", "db:80:x"},
                                                      // Only checked, for a variable decides.
                                                      {"Port", "ssh"},
                                                      {"ServerAliveInterval", "abc"},
                                                      {"ServerAliveCountMax", "-1"},
                                                      {"StrictHostKeyChecking", "perhaps"},
                                                      {"User", "a\nb"}};
  for (const auto& [name, value] : rows) {
    Draft draft;
    const auto complaint = find_ssh_option(name)->read(value, draft);
    ASSERT_TRUE(complaint) << name << ' ' << value;
    EXPECT_FALSE(complaint->wrong.empty() || complaint->right.empty()) << name;
  }
}

}  // namespace
}  // namespace towline::config
