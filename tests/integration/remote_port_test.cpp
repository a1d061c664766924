#include "integration/fixtures/forwards.hpp"

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

class RemoteLoopback : public Forwards {
 protected:
  RemoteLoopback() : Forwards({"LogLevel DEBUG1"}) {}

  std::string forward() const { return "r=-R " + text(entry_.number()) + ":" + loopback(target_.port()); }
};

TEST_F(RemoteLoopback, of_which_another_program_has_the_half_is_not_ready) {
  auto stranger = Socket::listen(entry_.number());
  ASSERT_TRUE(stranger);
  Towline towline(dir_, environment(forward()));
  EXPECT_TRUE(eventually(10s, [&] {
    return towline.logged("the server refused to listen on 127.0.0.1:" + text(entry_.number()));
  }));
  EXPECT_EQ(towline.status("/readyz"), 503);
  stranger.reset();
  EXPECT_TRUE(towline.ready_within(5s));
  EXPECT_TRUE(echoes(entry_.number(), 2s));
  EXPECT_EQ(towline.metric("towline_ssh_connect_attempts_total"), 1);
}

TEST_F(RemoteLoopback, is_held_at_both_addresses_and_given_back_at_both) {
  const auto towline = start(environment(forward()));
  const auto number = text(entry_.number());
  EXPECT_TRUE(towline->logged("listen=\"127.0.0.1:" + number + ", [::1]:" + number + "\""))
      << "a machine without IPv6?";
  towline->terminate();
  EXPECT_EQ(towline->process().exit_code(10s), 0);
  EXPECT_NE(sshd_.log().find("cancel-tcpip-forward addr 127.0.0.1 port " + number), std::string::npos);
  EXPECT_NE(sshd_.log().find("cancel-tcpip-forward addr ::1 port " + number), std::string::npos);
}

TEST_F(RemoteLoopback, at_a_port_of_the_servers_choice_is_one_port) {
  const auto towline = start(environment("r=-R 0:" + loopback(target_.port())));
  const auto port = static_cast<std::uint16_t>(towline->metric("towline_forward_bound_port"));
  EXPECT_TRUE(towline->logged("[::1]:" + text(port) + "\""));
  EXPECT_TRUE(echoes(port, 2s));
}

TEST_F(RemoteLoopback, that_is_permitted_by_its_name_only_is_asked_for_by_its_name) {
  sshd_.configure("PermitListen localhost:" + text(entry_.number()));
  sshd_.kill_all();
  sshd_.start();
  const auto towline = start(environment(forward()));
  EXPECT_TRUE(towline->logged("listen=localhost:" + text(entry_.number())));
  EXPECT_TRUE(echoes(entry_.number(), 2s));
}

TEST_F(RemoteLoopback, is_up_on_dropbear_which_decides_for_itself) {
  if (!Dropbear::available()) GTEST_SKIP() << "needs root and /usr/sbin/dropbear";
  Dropbear dropbear(dir_);
  dropbear.authorize(key_);
  dropbear.start();
  auto variables = environment(forward());
  variables["SSH_REMOTE_PORT"] = text(dropbear.port());
  variables["SSH_KNOWN_HOSTS_FILE"] = dropbear.known_hosts_file();
  const auto towline = start(std::move(variables));
  EXPECT_TRUE(echoes(entry_.number(), 2s));
}

}  // namespace

}  // namespace towline::fixtures
