// Clients of -S that break every rule: what they cost is bounded, they are told of, and others do not notice.
#include "integration/fixtures/share.hpp"

namespace towline::fixtures {

namespace {

using namespace std::chrono_literals;

class ShareStrangers : public ShareTest {
 protected:
  Arguments strange(const std::string& what, int count = 0) const {
    return {"/usr/bin/python3",          "-W", "ignore",
            script("strange_client.py"), what, std::to_string(entry_.number()),
            std::to_string(count)};
  }
  std::string does(const std::string& what, int count = 0) {
    return run(strange(what, count), "/dev/null", 60s).output;
  }

  // It has taken no memory to speak of, and serves.
  void expect_well() {
    if (!product().instrumented) EXPECT_LT(resident_bytes(towline_->process().pid()), 64 << 20);
    EXPECT_EQ(run(ssh({}, {"echo well"})).output, "well\n");
  }
};

TEST_F(ShareStrangers, who_speak_something_else_are_sent_away) {
  begin();
  for (const auto* what :
       {"garbage", "long_line", "length", "early_newkeys", "early_auth", "early_channel"}) {
    EXPECT_EQ(does(what), "ok\n") << what;
  }
  EXPECT_TRUE(towline_->logged("GET / HTTP/1.1"));
  EXPECT_TRUE(towline_->logged("a packet of an impossible length"));
  EXPECT_TRUE(towline_->logged("a message that has no place here"));
  expect_well();
}

TEST_F(ShareStrangers, who_say_nothing_are_sent_away_in_time) {
  begin({{"TOWLINE_LOGIN_TIMEOUT", "2s"}});
  for (const auto* what : {"silence", "silence_identified", "silence_after_kex"}) {
    EXPECT_EQ(does(what), "ok\n") << what;
  }
  EXPECT_TRUE(eventually(5s, [&] {
    return towline_->metric("towline_login_failures_total", {{"reason", "login_timeout"}}) == 3;
  }));
  EXPECT_TRUE(towline_->process().running());
}

TEST_F(ShareStrangers, who_ask_for_more_than_there_is_are_refused_and_stay) {
  begin();
  EXPECT_TRUE(does("channels", 400).ends_with(" True\n"));
  EXPECT_EQ(does("requests", 5000), "refused 5000 True\n");
  EXPECT_EQ(does("cancel"), "ok\n");
  EXPECT_EQ(does("windows"), "True 0 1\n");
  expect_well();
}

TEST_F(ShareStrangers, who_ask_a_server_that_does_not_answer_to_listen_are_not_remembered_without_end) {
  begin();
  sshd_.freeze();
  EXPECT_EQ(does("listens", product().instrumented ? 4'000 : 40'000), "True\n");
  if (!product().instrumented) EXPECT_LT(resident_bytes(towline_->process().pid()), 48 << 20);
  sshd_.thaw();
  EXPECT_TRUE(towline_->ready_within(patience));
  expect_well();
}

TEST_F(ShareStrangers, who_break_the_rules_of_a_channel_are_ended_with_the_reason) {
  begin();
  for (const auto* what : {"overflow", "beyond_window", "after_close", "eof_twice"}) {
    EXPECT_EQ(does(what), "ended\n") << what;
  }
  EXPECT_TRUE(towline_->logged("enlarged a window beyond 2^32-1 bytes"));
  EXPECT_TRUE(towline_->logged("more than the channel's window allows"));
  EXPECT_TRUE(towline_->logged("a channel that does not exist"));
  expect_well();
}

TEST_F(ShareStrangers, who_only_connect_are_no_more_than_there_may_be) {
  begin();
  std::vector<Socket> half_open;
  for (int i = 0; i < 200; ++i) {
    half_open.push_back(Socket::connect(entry_.number(), 5s).value());
    half_open.back().send_all("SSH-2.0-strange\r\n", 5s);
  }
  EXPECT_TRUE(
      eventually(patience, [&] { return towline_->metric("towline_clients_refused_total") >= 200 - 64; }));
  EXPECT_TRUE(towline_->logged("client.refused"));
  half_open.clear();
  EXPECT_TRUE(eventually(patience, [&] { return run(ssh({}, {"echo in"})).output == "in\n"; }));
  expect_well();
}

TEST_F(ShareStrangers, who_try_many_keys_are_turned_away) {
  begin({{"TOWLINE_AUTHORIZED_KEYS", key_.public_line}});
  EXPECT_TRUE(does("wrong_keys").starts_with("ok"));
  EXPECT_TRUE(towline_->logged("reason=too_many_attempts"));
  expect_well();
}

}  // namespace

}  // namespace towline::fixtures
