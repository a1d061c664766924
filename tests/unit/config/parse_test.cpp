#include "config/parse.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace towline::config {
namespace {

using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;

// The value, or nothing for a complaint.
template <class T>
std::optional<T> value(const Parsed<T>& parsed) {
  return parsed ? std::optional<T>(*parsed) : std::nullopt;
}

TEST(Parse, durations) {
  const std::vector<std::pair<std::string_view, std::optional<long>>> table{
      {"0", 0},
      {"10", 10},
      {"10s", 10},
      {"1m30s", 90},
      {"2h", 7200},
      {"1d", 86400},
      {"1w", 604800},
      {"1H", 3600},
      {"30s1m", 90},
      {"1m30", 90},
      {"30d", 2592000},
      {"2592000", 2592000},
      {"007", 7},
      {"", {}},
      {"s", {}},
      {"-1", {}},
      {"+1", {}},
      {"1.5s", {}},
      {"10ms", {}},
      {"10 s", {}},
      {"1x", {}},
      {"ten", {}},
      {"31d", {}},
      {"2592001", {}},
      {"4w3d", {}},
      {"99999999999999999999", {}},
      {"9999999999d1s", {}},
      {"2147483647w", {}},
      {"0x10", {}},
      {"10s!", {}},
  };
  for (const auto& [text, expected] : table) {
    const auto parsed = value(parse_duration(text));
    EXPECT_EQ(parsed, expected ? std::optional(seconds(*expected)) : std::nullopt) << text;
  }
}

TEST(Parse, a_long_duration_is_told_from_no_duration) {
  EXPECT_THAT(parse_duration("99999999999999999999").error().wrong, HasSubstr("too long"));
  EXPECT_THAT(parse_duration("31d").error().wrong, HasSubstr("too long"));
  EXPECT_THAT(parse_duration("soon").error().wrong, HasSubstr("not a duration"));
  EXPECT_THAT(parse_duration("99999999999999999999x").error().wrong, HasSubstr("not a duration"));
}

TEST(Parse, a_positive_duration_is_not_zero) {
  EXPECT_EQ(value(parse_positive_duration("1")), seconds(1));
  EXPECT_FALSE(parse_positive_duration("0s"));
  EXPECT_FALSE(parse_positive_duration("x"));
}

TEST(Parse, booleans) {
  for (const auto text : {"true", "yes", "1", "on", "TRUE", "Yes"})
    EXPECT_EQ(value(parse_boolean(text)), true) << text;
  for (const auto text : {"false", "no", "0", "off", "OFF"})
    EXPECT_EQ(value(parse_boolean(text)), false) << text;
  for (const auto text : {"", "2", "y", "enabled", "truee"}) EXPECT_FALSE(parse_boolean(text)) << text;
}

TEST(Parse, numbers_stay_within_their_bounds) {
  EXPECT_EQ(value(parse_number("0", 0, 10)), 0);
  EXPECT_EQ(value(parse_number("10", 0, 10)), 10);
  for (const auto text : {"11", "99999999999999999999"}) {
    EXPECT_THAT(parse_number(text, 0, 10).error().wrong, HasSubstr("out of range")) << text;
  }
  for (const auto text : {"", "-1", "+1", "1.0", "1 ", " 1", "x", "1x"}) {
    EXPECT_THAT(parse_number(text, 0, 10).error().wrong, HasSubstr("not a number")) << text;
  }
  EXPECT_EQ(parse_number("11", 0, 10).error().right, "write a number from 0 to 10");
}

TEST(Parse, ports) {
  EXPECT_EQ(value(parse_connect_port("1")), 1);
  EXPECT_EQ(value(parse_connect_port("65535")), 65535);
  EXPECT_EQ(value(parse_listen_port("0")), 0);
  for (const auto text : {"0", "65536", "", "-1", "ssh", "22 ", "0x16", "22:22"}) {
    EXPECT_EQ(value(parse_connect_port(text)), std::nullopt) << text;
  }
  EXPECT_EQ(parse_connect_port("ssh").error().right, "write a number from 1 to 65535");
  EXPECT_EQ(parse_listen_port("ssh").error().right, "write a number from 0 to 65535");
}

TEST(Parse, a_service_link_is_named_as_what_it_is) {
  for (const auto text : {"tcp://10.0.0.1:22", "udp://10.0.0.1:53", "sctp://[fd00::1]:9"}) {
    EXPECT_THAT(parse_connect_port(text).error().wrong, HasSubstr("Kubernetes' service link")) << text;
    EXPECT_THAT(parse_listen_port(text).error().right, HasSubstr("enableServiceLinks: false")) << text;
  }
  EXPECT_FALSE(is_service_link("http://x"));
  EXPECT_FALSE(is_service_link("22"));
}

TEST(Parse, hosts_to_connect_to) {
  const std::vector<std::pair<std::string_view, std::optional<std::string>>> table{
      {"bastion", "bastion"},
      {"10.0.0.1", "10.0.0.1"},
      {"::1", "::1"},
      {"[::1]", "::1"},
      {"", {}},
      {"*", {}},
      {"a b", {}},
      {"user@host", {}},
      {"host:22", {}},
      {"ssh://host", {}},
      {"\"host\"", {}},
      {"[::1]:22", {}},
  };
  for (const auto& [text, expected] : table) EXPECT_EQ(value(parse_connect_host(text)), expected) << text;
}

TEST(Parse, hosts_to_listen_on) {
  const std::vector<std::pair<std::string_view, std::optional<std::string>>> table{
      {"*", ""},           {"\"\"", ""},     {"0.0.0.0", "0.0.0.0"},
      {"::", "::"},        {"[::1]", "::1"}, {"localhost", "localhost"},
      {"**", {}},          {"''", {}},       {":80", {}},
      {"/run/x.sock", {}},
  };
  for (const auto& [text, expected] : table) EXPECT_EQ(value(parse_listen_host(text)), expected) << text;
}

TEST(Parse, addresses_to_listen_on) {
  using Address = std::optional<net::HostPort>;
  const std::vector<std::pair<std::string_view, std::optional<Address>>> table{
      {"off", Address()},
      {"OFF", Address()},
      {"0.0.0.0:80", net::HostPort{"0.0.0.0", 80}},
      {"127.0.0.1", {}},
      {"[::1]:80", net::HostPort{"::1", 80}},
      {"::1", {}},
      {"::", {}},
      {":80", net::HostPort{"", 80}},
      {"*:80", net::HostPort{"", 80}},
      {"localhost:0", net::HostPort{"localhost", 0}},
      {"9100", {}},
      {":", {}},
      {":x", {}},
      {"*", {}},
      {"[::1]", {}},
      {"[::1", {}},
      {"::1:80", {}},
      {"false", {}},
      {"host:", {}},
      {"host:70000", {}},
      {"http://host:80", {}},
  };
  for (const auto& [text, expected] : table) EXPECT_EQ(value(parse_listen_address(text)), expected) << text;
}

TEST(Parse, paths_users_and_names) {
  EXPECT_EQ(value(parse_path("/a b/ö")), "/a b/ö");
  EXPECT_FALSE(parse_path(""));
  EXPECT_FALSE(parse_path("-----BEGIN KEY-----\nabc"));
  EXPECT_EQ(value(parse_user("me@corp.example")), "me@corp.example");
  EXPECT_EQ(value(parse_user("John Doe")), "John Doe");
  EXPECT_FALSE(parse_user("me\n"));
  for (const auto text : {"main", "db-1", "1", "a.b_c", "_x"}) EXPECT_TRUE(parse_name(text)) << text;
  for (const auto text : {"", "a b", "a/b", "..", ".a", "-a", "ö", "a\n", "a\"b"})
    EXPECT_FALSE(parse_name(text)) << text;
  EXPECT_TRUE(parse_name(std::string(63, 'a')));
  EXPECT_FALSE(parse_name(std::string(64, 'a')));
}

TEST(Parse, words_of_a_closed_set) {
  constexpr Words<int, 2> words{{{"one", 1}, {"two", 2}}};
  EXPECT_EQ(value(parse_word("TWO", words)), 2);
  EXPECT_EQ(parse_word("three", words).error().right, "write one of: one, two");
}

TEST(Parse, blank_space_is_trimmed_at_both_ends) {
  EXPECT_EQ(trimmed(" \t a b\r\n"), "a b");
  EXPECT_EQ(trimmed(" \n"), "");
  EXPECT_EQ(trimmed(""), "");
}

TEST(Parse, fingerprints) {
  const std::string one = "SHA256:" + std::string(42, 'a') + '/';
  EXPECT_EQ(value(parse_fingerprints(one)), std::vector{one});
  EXPECT_EQ(value(parse_fingerprints(one + "= , sha256:" + one.substr(7))), (std::vector{one, one}));
  for (const auto& text :
       {std::string(), one + ",", one.substr(7), one + "a", one.substr(0, 49), std::string("MD5:aa:bb"),
        std::string("SHA256:"), "SHA256:" + std::string(43, '!')}) {
    EXPECT_FALSE(parse_fingerprints(text)) << text;
  }
}

TEST(Parse, paths_of_sockets) {
  EXPECT_EQ(value(parse_socket_path("/run/x.sock")), "/run/x.sock");
  EXPECT_EQ(value(parse_socket_path('/' + std::string(106, 'a'))), '/' + std::string(106, 'a'));
  EXPECT_FALSE(parse_socket_path('/' + std::string(107, 'a')));
  for (const auto text : {"", "run/x.sock", "/a\nb"}) EXPECT_FALSE(parse_socket_path(text)) << text;
}

TEST(Parse, lists) {
  EXPECT_THAT(split_list(" a ,b,, c"), testing::ElementsAre("a", "b", "", "c"));
  EXPECT_THAT(split_list(""), testing::ElementsAre(""));
}

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
