#include "integration/fixtures/tunnel.hpp"

namespace towline::fixtures {

namespace {

using namespace std::chrono_literals;

class Reconnect : public TunnelModeTest {
 protected:
  EchoServer target_;

  // An echo comes through again in time; through a towline with sanitizers ten times as late.
  bool forwards_within(Milliseconds limit) {
    return eventually(product().instrumented ? 10 * limit : limit,
                      [this] { return echoes(entry_.number(), 200ms); });
  }
};

TEST_P(Reconnect, forwards_again_within_a_second_after_its_session_was_killed) {
  const auto towline = start(environment(GetParam(), target_.port()));
  ASSERT_TRUE(echoes(entry_.number(), 2s));
  sshd_.kill_sessions();
  EXPECT_TRUE(forwards_within(1s));
  EXPECT_EQ(towline->metric("towline_ssh_reconnects_total"), 1);
}

TEST_P(Reconnect, forwards_again_within_a_second_five_times_in_a_row) {
  const auto towline = start(environment(GetParam(), target_.port()));
  ASSERT_TRUE(echoes(entry_.number(), 2s));
  for (int round = 1; round <= 5; ++round) {
    sshd_.kill_sessions();
    EXPECT_TRUE(forwards_within(1s)) << "round " << round;
  }
  EXPECT_EQ(towline->metric("towline_ssh_reconnects_total"), 5);
}

TEST_P(Reconnect, forwards_again_within_two_seconds_after_the_server_is_back) {
  const auto towline = start(environment(GetParam(), target_.port()));
  ASSERT_TRUE(echoes(entry_.number(), 2s));
  sshd_.kill_all();
  ASSERT_TRUE(eventually(2s, [&] { return !towline->ready(); }));
  EXPECT_TRUE(throughout(5s, [&] { return !towline->ready() && towline->status("/livez") == 200; }));
  sshd_.start();
  EXPECT_TRUE(forwards_within(2s));
}

TEST_P(Reconnect, listens_only_while_its_session_is_up) {
  const auto towline = start(environment(GetParam(), target_.port()));
  ASSERT_TRUE(Socket::connect(entry_.number(), 2s));
  sshd_.kill_all();
  EXPECT_TRUE(eventually(2s, [&] { return !Socket::connect(entry_.number(), 100ms).has_value(); }));
}

TEST_P(Reconnect, comes_up_when_the_server_does) {
  sshd_.kill_all();
  Towline towline(dir_, environment(GetParam(), target_.port()));
  ASSERT_TRUE(eventually(5s, [&] { return towline.status("/livez") == 200; }));
  EXPECT_EQ(towline.status("/startupz"), 503);
  EXPECT_FALSE(towline.has_logged("health.ready")) << "it was ready before its first session";
  const auto refused = [&] {
    return towline.metric("towline_ssh_connect_failures_total", {{"reason", "refused"}}) >= 2;
  };
  EXPECT_TRUE(eventually(5s, refused)) << "it does not retry";
  const auto answer = towline.get("/readyz?verbose");
  EXPECT_EQ(answer.status, 503);
  EXPECT_NE(answer.body.find("reason=refused"), std::string::npos) << answer.body;
  sshd_.start();
  EXPECT_TRUE(forwards_within(5s));
  EXPECT_EQ(towline.status("/readyz"), 200);
  EXPECT_EQ(towline.status("/startupz"), 200);
}

INSTANTIATE_TEST_SUITE_P(Modes, Reconnect, testing::Values(Mode::local, Mode::remote), mode_name);

}  // namespace

}  // namespace towline::fixtures
