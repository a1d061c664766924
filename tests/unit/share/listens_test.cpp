#include "unit/share/share_talk.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace towline::share {
namespace {

using ListensTest = ShareTest;

TEST_F(ListensTest, a_listener_is_asked_for_and_its_port_told) {
  auto& upstream = board();
  auto& guest = join();
  auto& listening = listens_.emplace_back();
  begin(guest.session->listen({{"localhost", 0}, {}}, ssh::much_later()), listening);
  turn();
  ASSERT_EQ(upstream.role.requests.size(), 1U);
  EXPECT_EQ(upstream.role.requests[0].name, "tcpip-forward");
  EXPECT_FALSE(listening) << "before the server has said yes";
  grant(upstream, 40001);
  ASSERT_TRUE(listening && *listening);
  EXPECT_EQ((*listening)->bound_port(), 40001);
}

TEST_F(ListensTest, a_listener_is_asked_for_again_at_the_port_it_had) {
  auto& first = board();
  auto& guest = join();
  auto& listening = listens_.emplace_back();
  begin(guest.session->listen({{"localhost", 0}, {}}, ssh::much_later()), listening);
  turn();
  grant(first, 40001);
  lose(first);
  EXPECT_FALSE(guest.ended);
  auto& second = board();
  ASSERT_EQ(second.role.requests.size(), 1U);
  ssh::Reader payload(second.role.requests[0].payload);
  EXPECT_EQ(payload.string(), "localhost");
  EXPECT_EQ(payload.u32(), 40001U);
  grant(second, std::nullopt);
  EXPECT_EQ(share_.listens().listening(), 1U);
}

TEST_F(ListensTest, a_listener_is_seen_from_the_servers_yes_until_it_is_given_back) {
  const auto seen = [](const Guest& guest) { return guest.slot->facts().listens; };
  auto& first = board();
  auto& guest = join();
  auto& listening = listens_.emplace_back();
  begin(guest.session->listen({{"localhost", 0}, {}}, ssh::much_later()), listening);
  turn();
  EXPECT_THAT(seen(guest), testing::IsEmpty()) << "before the server has said yes";
  grant(first, 40001);
  EXPECT_THAT(seen(guest), testing::ElementsAre("localhost:40001"));
  lose(first);
  grant(board(), std::nullopt);
  EXPECT_THAT(seen(guest), testing::ElementsAre("localhost:40001")) << "once, whatever the sessions";
  leave(guest);
  EXPECT_THAT(seen(guest), testing::IsEmpty());
}

TEST_F(ListensTest, a_connection_to_a_listener_arrives_at_the_client_that_asked_for_it) {
  auto& upstream = board();
  auto& one = join();
  auto& other = join();
  auto& listening = listens_.emplace_back();
  begin(one.session->listen({{"localhost", 8080}, {}}, ssh::much_later()), listening);
  turn();
  auto& second = listens_.emplace_back();
  begin(other.session->listen({{"localhost", 8080}, {}}, ssh::much_later()), second);
  turn();
  EXPECT_TRUE(second && !*second) << "sshd refuses it, too";
  grant(upstream, std::nullopt);
  ASSERT_TRUE(listening && *listening);

  auto& opened = channels_.emplace_back();
  begin(upstream.server.open(ssh::connection::ForwardedTcpip{{"localhost", 8080}, {"192.0.2.1", 1234}},
                             ssh::much_later()),
        opened);
  auto& incoming = incoming_.emplace();
  begin((*listening)->accept(), incoming);
  turn();
  ASSERT_TRUE(incoming && *incoming);
  EXPECT_EQ((*incoming)->originator, (net::HostPort{"192.0.2.1", 1234}));
  EXPECT_FALSE(opened);
  (*incoming)->channel.accept();
  turn();
  EXPECT_TRUE(opened && *opened);
}

TEST_F(ListensTest, a_listener_goes_with_its_client) {
  auto& upstream = board();
  std::optional<Result<ssh::RemoteListener>> listening;
  auto& guest = join();
  begin(guest.session->listen({{"localhost", 8080}, {}}, ssh::much_later()), listening);
  turn();
  grant(upstream, std::nullopt);
  leave(guest);
  ASSERT_EQ(upstream.role.requests.size(), 2U);
  EXPECT_EQ(upstream.role.requests[1].name, "cancel-tcpip-forward");
  EXPECT_EQ(share_.listens().size(), 0U);
}

}  // namespace
}  // namespace towline::share
