#include "forward/reach.hpp"

#include "ssh/wire/error.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace towline::forward {
namespace {

using Answer = ReachAnswer;
using testing::HasSubstr;

ForwardSpec remote_on(const std::string& host) {
  ForwardSpec spec;
  spec.listen = {host, 0};
  return spec;
}

TEST(Reach, is_in_question_for_what_is_not_loopback) {
  for (const char* host : {"", "*", "0.0.0.0", "::", "10.0.0.1", "bastion"})
    EXPECT_TRUE(is_meant_for_others(remote_on(host))) << host;
  for (const char* host : {"localhost", "127.0.0.1", "127.0.0.9", "::1"})
    EXPECT_FALSE(is_meant_for_others(remote_on(host))) << host;
  auto spec = remote_on("");
  spec.listen_path = "/run/socket";
  EXPECT_FALSE(is_meant_for_others(spec));
  spec = remote_on("");
  spec.mode = Mode::local;
  EXPECT_FALSE(is_meant_for_others(spec));
}

TEST(Reach, is_tried_at_the_servers_own_address_and_where_only_all_addresses_answer) {
  const struct {
    const char* listen;
    const char* server;
    std::vector<std::string> tries;
  } rows[] = {
      {"", "10.0.0.1", {"10.0.0.1:80", "127.0.0.2:80"}},
      {"*", "2001:db8::1", {"[2001:db8::1]:80", "127.0.0.2:80"}},
      {"0.0.0.0", "10.0.0.1", {"10.0.0.1:80", "127.0.0.2:80"}},
      {"0.0.0.0", "2001:db8::1", {"127.0.0.2:80"}},
      {"::", "2001:db8::1", {"[2001:db8::1]:80"}},
      {"::", "10.0.0.1", {}},
      {"", "127.0.0.1", {"127.0.0.2:80"}},
      {"", "localhost", {"127.0.0.2:80"}},
      {"", "", {"127.0.0.2:80"}},
      {"10.0.0.9", "10.0.0.1", {"10.0.0.9:80"}},
  };
  for (const auto& row : rows) {
    std::vector<std::string> tries;
    for (const auto& [address, outer] : reach_tries(remote_on(row.listen), row.server, 80)) {
      tries.push_back(net::to_string(address));
      EXPECT_EQ(outer, address.host != "127.0.0.2");
    }
    EXPECT_EQ(tries, row.tries) << row.listen << " at " << row.server;
  }
}

TEST(Reach, follows_from_the_answers) {
  const ReachTried outer_ours{true, Answer::ours}, outer_refused{true, Answer::refused},
      outer_silent{true, Answer::none}, inner_ours{false, Answer::ours},
      inner_refused{false, Answer::refused};
  const std::pair<std::vector<ReachTried>, Reach> rows[] = {
      {{outer_ours}, Reach::proved},
      {{inner_ours}, Reach::proved},
      {{outer_refused}, Reach::loopback_only},
      {{outer_refused, inner_refused}, Reach::loopback_only},
      {{outer_refused, inner_ours}, Reach::elsewhere},
      {{outer_silent, inner_ours}, Reach::elsewhere},
      {{outer_silent, inner_refused}, Reach::unproved},
      {{inner_refused}, Reach::unproved},  // not every system answers at 127.0.0.2
      {{{true, Answer::forbidden}}, Reach::unproved},
      {{outer_refused, {false, Answer::none}}, Reach::unproved},
      {{}, Reach::unproved},
  };
  for (const auto& [tried, reach] : rows) EXPECT_EQ(judge_reach(tried), reach) << (&tried - &rows[0].first);
}

TEST(Reach, of_a_session_that_is_over_is_no_question) {
  EXPECT_EQ(reach_answer(ssh::errc::open_connect_failed), Answer::refused);
  EXPECT_EQ(reach_answer(ssh::errc::open_administratively_prohibited), Answer::forbidden);
  EXPECT_EQ(reach_answer(ssh::errc::open_timeout), Answer::none);
  EXPECT_EQ(reach_answer(ssh::errc::peer_closed), std::nullopt);
}

TEST(Reach, in_doubt_says_what_to_set) {
  EXPECT_EQ(reach_text(Reach::loopback_only, {"0.0.0.0", 80}),
            "the server listens on its loopback only, and not on 0.0.0.0:80");
  EXPECT_THAT(reach_text(Reach::unproved, {"", 80}), HasSubstr("others reach *:80"));
  for (const auto reach : {Reach::loopback_only, Reach::unproved})
    EXPECT_THAT(reach_hint(reach), HasSubstr("GatewayPorts clientspecified"));
  EXPECT_THAT(reach_hint(Reach::elsewhere), HasSubstr("NAT"));
  EXPECT_EQ(reach_text(Reach::proved, {"", 80}) + reach_hint(Reach::proved), "");
}

}  // namespace
}  // namespace towline::forward
