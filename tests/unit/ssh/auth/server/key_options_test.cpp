#include "ssh/auth/server/key_options.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace towline::ssh {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

KeyOptions good_options(std::string_view text) {
  KeyOptions options;
  EXPECT_EQ(parse_key_options(text, options), "") << text;
  return options;
}

std::string wrong_options(std::string_view text) {
  KeyOptions options;
  return parse_key_options(text, options);
}

TEST(KeyOptions, forbid_and_permit_one_after_the_other) {
  const Permissions all;
  EXPECT_EQ(good_options("").permissions, all);
  EXPECT_FALSE(good_options("no-pty").permissions.pty);
  EXPECT_FALSE(good_options("no-port-forwarding").permissions.port_forwarding);
  EXPECT_FALSE(good_options("No-Agent-Forwarding").permissions.agent_forwarding);
  EXPECT_FALSE(good_options("no-X11-forwarding").permissions.x11_forwarding);
  const auto restricted = good_options("restrict").permissions;
  EXPECT_FALSE(restricted.pty || restricted.port_forwarding || restricted.agent_forwarding ||
               restricted.x11_forwarding);
  EXPECT_TRUE(good_options("restrict,pty").permissions.pty);
  EXPECT_FALSE(good_options("pty,restrict").permissions.pty);
  EXPECT_TRUE(good_options("no-pty,,pty,").permissions.pty);
  EXPECT_EQ(good_options("no-user-rc,user-rc,verify-required,no-touch-required,tunnel=\"any\",tunnel=\"3\","
                         "environment=\"A_1=x\"")
                .permissions,
            all);
}

TEST(KeyOptions, have_values_in_quotes) {
  EXPECT_EQ(good_options(R"(command="say \"hi\", \n",no-pty)").permissions.command, R"(say "hi", \n)");
  EXPECT_EQ(good_options("command=\"\"").permissions.command, "");
  const auto options = good_options("cert-authority,principals=\"a,,b\",from=\"10.0.0.0/8\"");
  EXPECT_TRUE(options.cert_authority);
  EXPECT_THAT(options.principals, ElementsAre("a", "b"));
  EXPECT_TRUE(options.from);
}

TEST(KeyOptions, name_hosts_and_ports) {
  const auto open = good_options("permitopen=\"a:1\",permitopen=\"[::1]:*\",permitopen=\"*:22\"").permissions;
  EXPECT_THAT(open.open, ElementsAre(PermittedForward{"a", 1}, PermittedForward{"::1", std::nullopt},
                                     PermittedForward{"*", 22}));
  const auto listen =
      good_options("permitlisten=\"80\",permitlisten=\"*\",permitlisten=\"a*:*\"").permissions;
  EXPECT_THAT(listen.listen, ElementsAre(PermittedForward{"*", 80}, PermittedForward{"*", std::nullopt},
                                         PermittedForward{"a*", std::nullopt}));
}

TEST(KeyOptions, that_are_unknown_or_wrong_are_named) {
  const std::pair<const char*, const char*> rows[] = {
      {"whatever", R"("whatever" is not known here)"},
      {"no-restrict", "not known here"},
      {"no-cert-authority", "not known here"},
      {"whatever=\"secret\"", R"("whatever=" is not known here)"},
      {"cert-authority=\"x\"", "not known here"},
      {"command", "command needs a value"},
      {"command=x", "has to be in quotes"},
      {"command=\"x", "has to be in quotes"},
      {"command=\"x\"y", "not a comma"},
      {"command=\"x\",command=\"y\"", "twice"},
      {"from=\"*\",from=\"*\"", "twice"},
      {"cert-authority,principals=\"a\",principals=\"a\"", "twice"},
      {"cert-authority,principals=\",\"", "names nobody"},
      {"principals=\"a\"", "for a line with cert-authority"},
      {"expiry-time=\"soon\"", "YYYYMMDD"},
      {"permitopen=\"a\"", "permitopen needs a host and a port"},
      {"permitopen=\"80\"", "permitopen needs a host and a port"},
      {"permitopen=\"a:0\"", "needs"},
      {"permitopen=\"a:http\"", "needs"},
      {"permitopen=\"[a:1\"", "needs"},
      {"permitopen=\"[a]1\"", "needs"},
      {"permitopen=\"a/1\"", "needs"},
      {"permitlisten=\"x\"", "needs"},
      {"permitlisten=\"\"", "needs"},
      {"environment=\"A\"", "NAME=value"},
      {"environment=\"A-B=c\"", "NAME=value"},
      {"tunnel=\"-1\"", "number of a device"},
  };
  for (const auto& [text, why] : rows) EXPECT_THAT(wrong_options(text), HasSubstr(why)) << text;
  EXPECT_THAT(wrong_options("a\x1b[31m" + std::string(100, 'x')), testing::SizeIs(testing::Lt(120U)));
}

TEST(KeyOptions, are_bounded) {
  std::string many = "permitopen=\"a:1\"";
  for (int i = 1; i < 1'024; ++i) many += ",permitopen=\"a:1\"";
  EXPECT_EQ(wrong_options(many), "");
  EXPECT_THAT(wrong_options(many + ",permitopen=\"a:1\""), HasSubstr("too much"));
}

TEST(KeyOptions, end_at_a_blank_outside_of_quotes) {
  EXPECT_EQ(options_length("no-pty ssh-rsa"), 6U);
  EXPECT_EQ(options_length(R"(command="a \" b",no-pty	ssh-rsa)"), 23U);
  EXPECT_EQ(options_length("all"), 3U);
  EXPECT_EQ(options_length(R"(command="a b)"), std::nullopt);
}

TEST(ExpiryTime, is_read_in_opensshs_forms) {
  EXPECT_EQ(parse_expiry_time("20300102Z"), 1'893'542'400U);
  EXPECT_EQ(parse_expiry_time("203001020304z"), 1'893'553'440U);
  EXPECT_EQ(parse_expiry_time("20300102030405UTC"), 1'893'553'445U);
  EXPECT_EQ(parse_expiry_time("20280229Z"), 1'835'395'200U);
  // In local time, wherever that is: within a day.
  const auto local = parse_expiry_time("20300102").value();
  EXPECT_LE(local > 1'893'542'400U ? local - 1'893'542'400U : 1'893'542'400U - local, 86'400U);
}

TEST(ExpiryTime, outside_of_the_calendar_is_none) {
  for (const auto* text : {"", "Z", "2030010", "203001", "2030010203", "20300102030405060", "20301301Z",
                           "20300001Z", "20300132Z", "20300100Z", "20290229Z", "203001022400Z",
                           "203001020060Z", "20300102 304Z", "-0300102Z", "19691231Z", "2030-1-2Z"})
    EXPECT_EQ(parse_expiry_time(text), std::nullopt) << text;
}

TEST(Permissions, hold_for_what_is_opened) {
  Permissions permissions;
  EXPECT_TRUE(permits_open(permissions, "a", 1));
  permissions.open = {{"a", 1}, {"b", std::nullopt}, {"*", 22}};
  EXPECT_TRUE(permits_open(permissions, "a", 1));
  EXPECT_FALSE(permits_open(permissions, "a", 2));
  EXPECT_FALSE(permits_open(permissions, "A", 1));
  EXPECT_TRUE(permits_open(permissions, "b", 2));
  EXPECT_TRUE(permits_open(permissions, "c", 22));
  permissions.port_forwarding = false;
  EXPECT_FALSE(permits_open(permissions, "a", 1));
}

TEST(Permissions, hold_for_what_is_listened_for) {
  Permissions permissions;
  EXPECT_TRUE(permits_listen(permissions, "", 0));
  permissions.listen = {{"app-*", 80}, {"x", std::nullopt}};
  EXPECT_TRUE(permits_listen(permissions, "app-1", 80));
  EXPECT_FALSE(permits_listen(permissions, "app-1", 0));
  EXPECT_TRUE(permits_listen(permissions, "x", 0));
  EXPECT_FALSE(permits_listen(permissions, "", 80));
  permissions.port_forwarding = false;
  EXPECT_FALSE(permits_listen(permissions, "x", 0));
}

}  // namespace
}  // namespace towline::ssh
