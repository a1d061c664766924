#include "net/resolv_conf.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace towline::net {
namespace {

using std::chrono::seconds;
using testing::ElementsAre;

const std::vector<HostPort> local{{"127.0.0.1", 53}};

struct ConfRow {
  const char* text;
  ResolvConf expected;
};

TEST(ResolvConf, each_option_of_the_c_library_has_its_effect) {
  const std::vector<ConfRow> table{
      {"", {.servers = local}},
      {"nameserver 192.0.2.1\n", {.servers = {{"192.0.2.1", 53}}}},
      {"nameserver 192.0.2.1\r\n", {.servers = {{"192.0.2.1", 53}}}},
      {"nameserver fe80::1%eth0", {.servers = {{"fe80::1%eth0", 53}}}},
      {"nameserver ns.example\nnameserver 2001:db8::1", {.servers = {{"2001:db8::1", 53}}}},
      {"# nameserver 192.0.2.1\n;nameserver 192.0.2.2\nnameserver 192.0.2.3 # last",
       {.servers = {{"192.0.2.3", 53}}}},
      {"search a.test b.test.\n", {.servers = local, .search = {"a.test", "b.test"}}},
      {"search .\n", {.servers = local, .search = {""}}},
      {"domain a.test b.test\n", {.servers = local, .search = {"a.test"}}},
      {"domain a.test\nsearch b.test\n", {.servers = local, .search = {"b.test"}}},
      {"options ndots:5", {.servers = local, .ndots = 5}},
      {"options ndots:99", {.servers = local, .ndots = 15}},
      {"options timeout:1", {.servers = local, .timeout = seconds(1)}},
      {"options timeout:0", {.servers = local, .timeout = seconds(1)}},
      {"options timeout:99", {.servers = local, .timeout = seconds(30)}},
      {"options attempts:1", {.servers = local, .attempts = 1}},
      {"options attempts:0", {.servers = local, .attempts = 1}},
      {"options attempts:99", {.servers = local, .attempts = 5}},
      {"options rotate", {.servers = local, .rotate = true}},
      {"options no-aaaa", {.servers = local, .no_aaaa = true}},
      {"options single-request", {.servers = local, .single_request = true}},
      {"options single-request-reopen", {.servers = local, .single_request = true}},
      {"options use-vc", {.servers = local, .use_vc = true}},
      {"options ndots:2 timeout:1\noptions rotate edns0 trust-ad",
       {.servers = local, .ndots = 2, .timeout = seconds(1), .rotate = true}},
      {"options ndots:x timeout: attempts:1x", {.servers = local}},
      {"sortlist 192.0.2.0\nlookup file bind\n\nnameserver\n", {.servers = local}},
  };
  for (const auto& row : table) EXPECT_EQ(parse_resolv_conf(row.text), row.expected) << row.text;
}

TEST(ResolvConf, three_servers_are_asked_at_most) {
  const auto conf = parse_resolv_conf(
      "nameserver 192.0.2.1\nnameserver 192.0.2.2\nnameserver 192.0.2.3\nnameserver 192.0.2.4\n");
  EXPECT_EQ(conf.servers.size(), 3U);
  EXPECT_EQ(conf.servers.back().host, "192.0.2.3");
}

TEST(ResolvConf, the_variables_override_the_file) {
  const auto text = "search a.test\noptions ndots:5 timeout:9\n";
  const auto conf = parse_resolv_conf(
      text, {.local_domain = "b.test c.test", .options = "ndots:2 no-aaaa", .host_name = "h.d.test"});
  EXPECT_THAT(conf.search, ElementsAre("b.test", "c.test"));
  EXPECT_EQ(conf.ndots, 2);
  EXPECT_EQ(conf.timeout, seconds(9));
  EXPECT_TRUE(conf.no_aaaa);
}

TEST(ResolvConf, the_hosts_own_domain_is_searched_where_nothing_else_is_said) {
  EXPECT_THAT(parse_resolv_conf("", {.host_name = "h.d.test"}).search, ElementsAre("d.test"));
  EXPECT_THAT(parse_resolv_conf("", {.host_name = "h"}).search, ElementsAre());
  EXPECT_THAT(parse_resolv_conf("search a.test", {.host_name = "h.d.test"}).search, ElementsAre("a.test"));
}

TEST(ResolvConf, a_file_that_is_not_there_is_an_empty_one) {
  EXPECT_EQ(read_resolv_conf("/nonexistent/resolv.conf")->servers, local);
}

TEST(NamesToAsk, a_name_with_few_dots_is_searched_for_first) {
  const ResolvConf kubernetes{.search = {"ns.svc.test", "test"}, .ndots = 5};
  const ResolvConf plain{.search = {"a.test"}};
  EXPECT_THAT(names_to_ask("db", kubernetes), ElementsAre("db.ns.svc.test", "db.test", "db"));
  EXPECT_THAT(names_to_ask("db.example.com", kubernetes),
              ElementsAre("db.example.com.ns.svc.test", "db.example.com.test", "db.example.com"));
  EXPECT_THAT(names_to_ask("db.example.com.", kubernetes), ElementsAre("db.example.com"));
  EXPECT_THAT(names_to_ask("db", plain), ElementsAre("db.a.test", "db"));
  EXPECT_THAT(names_to_ask("db.b", plain), ElementsAre("db.b", "db.b.a.test"));
  EXPECT_THAT(names_to_ask("db", {}), ElementsAre("db"));
  EXPECT_THAT(names_to_ask("db", {.search = {"", "a.test"}}), ElementsAre("db", "db.a.test"));
}

}  // namespace
}  // namespace towline::net
