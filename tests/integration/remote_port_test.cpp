#include "integration/fixtures/tunnel.hpp"

namespace towline::fixtures {

namespace {

using namespace std::chrono_literals;

class RemotePort : public TunnelTest {};

TEST_F(RemotePort, that_is_taken_is_tried_again_on_the_same_session_until_it_is_free) {
  EchoServer target;
  auto occupant = Socket::listen(entry_.number());
  ASSERT_TRUE(occupant);
  Towline towline(dir_, environment(Mode::remote, target.port()));
  const auto retried = [&] {
    return towline.metric("towline_forward_setup_attempts_total") >= 2 &&
           towline.metric("towline_forward_setup_failures_total") >= 1;
  };
  ASSERT_TRUE(eventually(10s, retried));
  EXPECT_EQ(towline.status("/readyz"), 503);
  const auto status = towline.get("/statusz").body;
  EXPECT_NE(status.find("refused"), std::string::npos) << status;
  EXPECT_TRUE(towline.logged("forward.refused"));
  EXPECT_TRUE(towline.logged("hint="));
  occupant.reset();
  EXPECT_TRUE(towline.ready_within(2s));
  EXPECT_TRUE(echoes(entry_.number(), 2s));
  EXPECT_EQ(towline.metric("towline_ssh_connect_attempts_total"), 1) << "the session was given up";
}

TEST_F(RemotePort, chosen_by_the_server_is_told_and_asked_for_again) {
  EchoServer target;
  auto variables = environment(Mode::remote, target.port());
  variables.erase("SSH_TUNNEL_PORT");
  const auto towline = start(std::move(variables));
  const auto port = static_cast<std::uint16_t>(towline->metric("towline_forward_bound_port"));
  EXPECT_TRUE(echoes(port, 2s)) << "port " << port;
  sshd_.kill_sessions();
  EXPECT_TRUE(eventually(5s, [&] { return echoes(port, 200ms); })) << "port " << port;
  EXPECT_EQ(towline->metric("towline_forward_bound_port"), port);
}

TEST_F(RemotePort, moves_to_the_standby_when_the_active_one_ends) {
  EchoServer target;
  const auto active = start(environment(Mode::remote, target.port()));
  Towline standby(dir_, environment(Mode::remote, target.port()));
  ASSERT_TRUE(eventually(5s, [&] { return standby.metric("towline_forward_setup_failures_total") >= 1; }));
  active->terminate();
  EXPECT_EQ(active->process().exit_code(5s), 0);
  EXPECT_TRUE(standby.ready_within(3s));
  EXPECT_TRUE(echoes(entry_.number(), 2s));
}

}  // namespace

}  // namespace towline::fixtures
