#include "share/ssh_config.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace towline::share {
namespace {

using testing::HasSubstr;
using testing::Not;

forward::ForwardSpec on(const std::string& host) {
  forward::ForwardSpec spec;
  spec.mode = forward::Mode::share;
  spec.listen.host = host;
  return spec;
}

TEST(SshConfig, leads_to_the_endpoint_for_its_servers_and_elsewhere_for_others) {
  EXPECT_EQ(ssh_config(on("127.0.0.1"), 40001, {"git.example.org"}, "/tmp/t/known_hosts"),
            "Host git.example.org towline\n"
            "  HostName 127.0.0.1\n"
            "  Port 40001\n"
            "  ProxyCommand none\n"
            "  UserKnownHostsFile \"/tmp/t/known_hosts\"\n"
            "  GlobalKnownHostsFile none\n"
            "  StrictHostKeyChecking yes\n"
            "  ControlPath none\n"
            "Host * !git.example.org !towline\n"
            "  Include ~/.ssh/config\n"
            "  Include /etc/ssh/ssh_config\n");
}

TEST(SshConfig, connects_to_this_machine_where_it_listens_on_all_addresses) {
  for (const auto* all : {"", "*", "0.0.0.0"})
    EXPECT_THAT(ssh_config(on(all), 1, {}, "/k"), HasSubstr("  HostName 127.0.0.1\n")) << all;
  EXPECT_THAT(ssh_config(on("::"), 1, {}, "/k"), HasSubstr("  HostName ::1\n"));
  EXPECT_THAT(ssh_config(on("10.1.2.3"), 1, {}, "/k"), HasSubstr("  HostName 10.1.2.3\n"));
}

TEST(SshConfig, goes_to_a_unix_socket_by_another_program) {
  auto spec = on("127.0.0.1");
  spec.listen_path = "/run/it's 100%.sock";
  const auto text = ssh_config(spec, 0, {}, "/k");
  EXPECT_THAT(text, HasSubstr("  ProxyCommand nc -U '/run/it'\\''s 100%%.sock'\n"));
  EXPECT_THAT(text, Not(HasSubstr("HostName")));
}

TEST(SshConfig, names_each_server_once_and_none_that_would_be_a_pattern) {
  const auto text = ssh_config(on("127.0.0.1"), 1, {"b", "a", "b", "*", "!x", "two words", "::1"}, "/k");
  EXPECT_TRUE(text.starts_with("Host ::1 a b towline\n")) << text;
  EXPECT_THAT(text, HasSubstr("\nHost * !::1 !a !b !towline\n"));
}

}  // namespace
}  // namespace towline::share
