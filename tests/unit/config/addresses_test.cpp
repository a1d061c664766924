#include "config/addresses.hpp"

#include "config/forwards.hpp"
#include "config/load.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace towline::config {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;

FileFacts both_default_files(const std::string& path) {
  FileFacts facts;
  if (path == "/id_rsa" || path == "/known_hosts") facts.kind = FileKind::regular;
  facts.readable = true;
  return facts;
}

Loading load_addresses(Env::Values values) { return load(Env(std::move(values)), both_default_files); }

std::string forward_of(Env::Values values) {
  const auto loaded = load_addresses(std::move(values));
  return loaded ? spec_text(loaded->config.forwards.at(0)) : to_string(loaded.error().problems.at(0));
}

TEST(Addresses, are_taken_apart_where_a_port_or_a_host_is_asked_for) {
  EXPECT_EQ(
      forward_of({{"SSH_TUNNEL_REMOTE", "*:2222"}, {"SSH_TUNNEL_HOST", "t"}, {"SSH_TUNNEL_LOCAL", "22"}}),
      "-R *:2222:t:22");
  EXPECT_EQ(forward_of({{"SSH_MODE", "-L"}, {"SSH_TUNNEL_PORT", "0.0.0.0:80"}}),
            "-L 0.0.0.0:80:localhost:22");
  EXPECT_EQ(forward_of({{"SSH_TUNNEL_PORT", "[::1]:80"}}), "-R [::1]:80:localhost:22");
  EXPECT_EQ(forward_of({{"SSH_TUNNEL_PORT", ":80"}}), "-R *:80:localhost:22");
  EXPECT_EQ(forward_of({{"SSH_TARGET_HOST", "db:5432"}}), "-R 127.0.0.1:0:db:5432");
  EXPECT_EQ(forward_of({{"SSH_TUNNEL_LOCAL", "db:5432"}}), "-R 127.0.0.1:0:db:5432");
  EXPECT_EQ(forward_of({{"SSH_TARGET_HOST", "[2001:db8::1]:80"}}), "-R 127.0.0.1:0:[2001:db8::1]:80");
  EXPECT_EQ(forward_of({{"SSH_TARGET_HOST", "2001:db8::1"}}), "-R 127.0.0.1:0:[2001:db8::1]:22");
}

TEST(Addresses, that_are_taken_apart_are_shown_as_the_variables_to_set) {
  const auto loaded = load_addresses({{"SSH_TUNNEL_REMOTE", "*:2222"}});
  ASSERT_TRUE(loaded);
  std::vector<std::string> lines;
  for (const auto& warning : loaded->warnings) lines.push_back(to_string(warning));
  EXPECT_THAT(
      lines,
      Contains("SSH_TUNNEL_REMOTE holds host and port; taken as SSH_BIND_IP=* and SSH_TUNNEL_PORT=2222"));
  for (const auto& setting : loaded->settings) {
    if (setting.name == "SSH_BIND_IP") EXPECT_EQ(setting.value, "*");
    if (setting.name == "SSH_TUNNEL_PORT") EXPECT_EQ(setting.value, "2222");
  }
}

TEST(Addresses, that_contradict_another_variable_are_a_problem) {
  EXPECT_EQ(
      forward_of({{"SSH_TUNNEL_REMOTE", "*:2222"}, {"SSH_BIND_IP", "10.0.0.1"}}),
      "SSH_TUNNEL_REMOTE holds host and port, and SSH_BIND_IP says something else; write SSH_BIND_IP and "
      "SSH_TUNNEL_PORT apart");
  EXPECT_THAT(forward_of({{"SSH_TARGET_HOST", "db:5432"}, {"SSH_TARGET_PORT", "5433"}}),
              HasSubstr("SSH_TARGET_HOST holds host and port, and SSH_TARGET_PORT says something else"));
  EXPECT_THAT(forward_of({{"SSH_TARGET_PORT", "db:5432"}, {"SSH_TARGET_HOST", "web"}}),
              HasSubstr("SSH_TARGET_PORT"));
  EXPECT_THAT(forward_of({{"SSH_TARGET_PORT", "db:5432"}, {"SSH_TARGET_HOST", "db:1"}}),
              HasSubstr("and so does"));
  EXPECT_EQ(forward_of({{"SSH_TARGET_HOST", "db:5432"}, {"SSH_TARGET_PORT", "5432"}}),
            "-R 127.0.0.1:0:db:5432");
}

TEST(Addresses, that_are_none_are_refused_as_before) {
  EXPECT_THAT(forward_of({{"SSH_TUNNEL_PORT", "tcp://10.0.0.1:22"}}), HasSubstr("service link"));
  EXPECT_THAT(forward_of({{"SSH_TUNNEL_PORT", "80:web:80"}}), HasSubstr("is not a port"));
  EXPECT_THAT(forward_of({{"SSH_TARGET_HOST", "http://web:80"}}),
              HasSubstr("is a URL; write its host alone"));
}

}  // namespace
}  // namespace towline::config
