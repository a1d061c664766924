#include "integration/fixtures/tunnel.hpp"

#include <sys/socket.h>

namespace towline::fixtures {

namespace {

using namespace std::chrono_literals;

class Target : public TunnelModeTest {};

TEST_P(Target, that_refuses_is_refused_to_the_client_too_and_counted) {
  FreePort nobody;
  const auto towline = start(environment(GetParam(), nobody.number()));
  auto client = Socket::connect(entry_.number(), 2s);
  ASSERT_TRUE(client);
  EXPECT_TRUE(client->closed_within(2s));
  const auto reason = GetParam() == Mode::local ? "channel_connect_failed" : "target_refused";
  const auto counted = [&] {
    return towline->metric("towline_connections_failed_total", {{"reason", reason}}) == 1;
  };
  EXPECT_TRUE(eventually(2s, counted));
  EXPECT_TRUE(towline->ready()) << "a target that is down is not the tunnel's fault";
}

TEST_P(Target, that_comes_up_later_is_reached_without_a_new_session) {
  FreePort port;
  const auto towline = start(environment(GetParam(), port.number()));
  auto early = Socket::connect(entry_.number(), 2s);
  ASSERT_TRUE(early && early->closed_within(2s));
  EchoServer target(port.number());
  EXPECT_TRUE(echoes(entry_.number(), 2s));
  EXPECT_EQ(towline->metric("towline_ssh_connect_attempts_total"), 1);
}

TEST_P(Target, that_resets_its_connection_ends_the_clients_too) {
  TcpServer target([](Socket& socket) {
    socket.receive(1, 5s);
    socket.reset_on_close();
  });
  const auto towline = start(environment(GetParam(), target.port()));
  auto client = Socket::connect(entry_.number(), 2s);
  ASSERT_TRUE(client && client->send_all("x", 2s));
  EXPECT_TRUE(client->closed_within(3s));
}

class OurTarget : public TunnelTest {};

TEST_F(OurTarget, that_does_not_answer_is_waited_for_as_long_as_was_said) {
  const FreePort port;
  const auto listener = Socket::listen(port.number());
  ASSERT_TRUE(listener && ::listen(listener->fd(), 0) == 0);
  std::vector<Socket> queue;  // full, it drops what would make another connection
  while (auto socket = Socket::connect(port.number(), 300ms)) queue.push_back(std::move(*socket));
  auto variables = environment(Mode::remote, port.number());
  variables["TOWLINE_TARGET_TIMEOUT"] = "1s";
  const auto towline = start(variables);
  auto client = Socket::connect(entry_.number(), 2s);
  ASSERT_TRUE(client);
  EXPECT_TRUE(client->closed_within(30s)) << "half of what is waited by default";
  const auto counted = [&] {
    return towline->metric("towline_connections_failed_total", {{"reason", "target_timeout"}}) == 1;
  };
  EXPECT_TRUE(eventually(2s, counted));
}

INSTANTIATE_TEST_SUITE_P(Modes, Target, testing::Values(Mode::local, Mode::remote), mode_name);

}  // namespace

}  // namespace towline::fixtures
