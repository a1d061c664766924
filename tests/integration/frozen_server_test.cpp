#include "integration/fixtures/tunnel.hpp"

namespace towline::fixtures {

namespace {

using namespace std::chrono_literals;

class FrozenServer : public TunnelModeTest {};

TEST_P(FrozenServer, is_not_ready_after_the_dead_peer_deadline_and_comes_back) {
  EchoServer target;
  auto variables = environment(GetParam(), target.port());
  variables["SSH_SERVER_ALIVE_INTERVAL"] = "1";
  variables["SSH_SERVER_ALIVE_COUNT_MAX"] = "1";
  const auto towline = start(std::move(variables));
  ASSERT_TRUE(echoes(entry_.number(), 2s));
  sshd_.freeze();
  const auto begin = Clock::now();
  EXPECT_TRUE(eventually(10s, [&] { return towline->status("/readyz") == 503; }));
  EXPECT_LE(elapsed_since(begin), 3s) << "interval * (count + 1) + 1 s";
  const auto dropped = [&] {
    return towline->metric("towline_ssh_disconnects_total", {{"reason", "rx_timeout"}}) == 1;
  };
  EXPECT_TRUE(eventually(2s, dropped));
  EXPECT_EQ(towline->status("/livez"), 200);
  sshd_.thaw();
  EXPECT_TRUE(eventually(20s, [&] { return echoes(entry_.number(), 1s); }));
  EXPECT_TRUE(towline->ready_within(2s));
}

TEST_P(FrozenServer, a_short_pause_is_survived_by_the_same_session) {
  EchoServer target;
  auto variables = environment(GetParam(), target.port());
  variables["SSH_SERVER_ALIVE_INTERVAL"] = "1";
  variables["SSH_SERVER_ALIVE_COUNT_MAX"] = "4";
  const auto towline = start(std::move(variables));
  sshd_.freeze();
  EXPECT_TRUE(throughout(2s, [&] { return towline->ready(); }));
  sshd_.thaw();
  EXPECT_TRUE(eventually(5s, [&] { return echoes(entry_.number(), 1s); }));
  EXPECT_EQ(towline->metric("towline_ssh_disconnects_total"), 0);
}

INSTANTIATE_TEST_SUITE_P(Modes, FrozenServer, testing::Values(Mode::local, Mode::remote), mode_name);

}  // namespace

}  // namespace towline::fixtures
