#include "ssh/session/connection.hpp"

#include "ssh/wire/writer.hpp"
#include "unit/ssh/session/both_roles.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace towline::ssh {
namespace {

using connection::DirectTcpip;
using connection::ForwardedTcpip;
using connection::RequestId;
using connection::SessionChannel;
using testing::ElementsAre;

Bytes octets(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

std::string text_of(const std::optional<Result<Bytes>>& bytes) {
  if (!bytes) return "nothing yet";
  if (!*bytes) return bytes->error().message();
  return (*bytes)->empty() ? "eof" : std::string((*bytes)->begin(), (*bytes)->end());
}

// What is heard of a channel, in words.
struct HeardOnChannel final : Channel::Asked {
  void on_request(std::string_view type, Bytes payload, std::optional<RequestId> id) override {
    words.push_back(std::string(type) + " " + std::string(payload.begin(), payload.end()) + (id ? "?" : ""));
    if (id) ids.push_back(*id);
  }
  void on_reply(bool success) override { words.push_back(success ? "yes" : "no"); }

  std::vector<std::string> words{};
  std::vector<RequestId> ids{};
};

struct BothOpen : testing::Test {
  // A session channel that both sides hold.
  BothOpen() {
    std::optional<Result<Channel>> opening;
    both.begin(both.session.open(SessionChannel{}, much_later(), &client_heard), opening);
    both.turn();
    server.emplace(std::move(both.role.offers.front().channel));
    both.role.offers.pop_front();
    server->tell(&server_heard);
    server->accept();
    both.turn();
    client.emplace(std::move(**opening));
  }

  BothRoles both;
  HeardOnChannel client_heard;
  HeardOnChannel server_heard;
  std::optional<Channel> client;
  std::optional<Channel> server;
};

TEST_F(BothOpen, a_command_is_asked_for_answered_and_ended_with_its_status) {
  client->request("env", false, octets("LANG"));
  client->request("exec", true, octets("uptime"));
  both.turn();
  EXPECT_THAT(server_heard.words, ElementsAre("env LANG", "exec uptime?"));
  server->answer(server_heard.ids[0], true);
  server->write(octets("up"));
  server->write_stderr(octets("warning"));
  server->request("exit-status", false, octets("0"));
  server->send_eof();
  both.turn();
  EXPECT_THAT(client_heard.words, ElementsAre("yes", "exit-status 0"));
  EXPECT_EQ(text_of(client->unread()), "up");
  EXPECT_EQ(text_of(client->unread_stderr()), "warning");
  client->consume(2);
  client->consume_stderr(7);
  EXPECT_EQ(text_of(client->unread()), "eof");
  EXPECT_EQ(text_of(client->unread_stderr()), "eof");
  client->write(octets("still heard"));
  both.turn();
  EXPECT_EQ(text_of(server->unread()), "still heard");
  server->close();
  both.turn();
  EXPECT_EQ(client->end()->code, errc::channel_closed);
  EXPECT_EQ(both.server.channels() + both.session.channels(), 0U);
}

TEST_F(BothOpen, stderr_that_nobody_hears_is_dropped_and_does_not_close_the_window) {
  client->tell(nullptr);
  for (int sent = 0; sent < 8 * 1024 * 1024;) {
    ASSERT_GT(server->sendable(), 0U);
    const std::vector<std::uint8_t> piece(server->sendable());
    server->write_stderr(piece);
    sent += static_cast<int>(piece.size());
    both.turn();
  }
  EXPECT_EQ(text_of(client->unread_stderr()), "nothing yet");
}

TEST_F(BothOpen, stderr_that_is_heard_and_not_read_closes_the_window) {
  while (server->sendable() > 0) {
    const std::vector<std::uint8_t> piece(server->sendable());
    server->write_stderr(piece);
    both.turn();
  }
  const auto first = (*client->unread_stderr())->size();
  client->consume_stderr(first);
  both.turn();
  EXPECT_EQ(server->sendable(), 0U) << "less than half of the window";
  while (!(**client->unread_stderr()).empty() && server->sendable() == 0) {
    client->consume_stderr((*client->unread_stderr())->size());
    both.turn();
  }
  EXPECT_GT(server->sendable(), 0U);
}

TEST_F(BothOpen, requests_are_refused_where_nobody_hears_them) {
  server->tell(nullptr);
  client->request("shell", true, {});
  client->request("window-change", false, {});
  both.turn();
  EXPECT_THAT(client_heard.words, ElementsAre("no"));
}

TEST(BothRoles, a_refusal_comes_with_its_code_and_words) {
  BothRoles both;
  std::optional<Result<Channel>> opening;
  both.begin(both.session.open(DirectTcpip{{"db", 5432}, {"", 0}}, much_later()), opening);
  both.turn();
  EXPECT_EQ(both.role.offers.front().type, "direct-tcpip");
  both.role.offers.front().channel.refuse(std::uint32_t{17}, "not today");
  both.turn();
  ASSERT_TRUE(opening && !*opening);
  EXPECT_EQ(opening->error().ssh_code, 17U);
  EXPECT_EQ(opening->error().detail, "not today");
}

TEST(BothRoles, an_offer_that_is_given_up_is_refused) {
  BothRoles both;
  std::optional<Result<Channel>> opening;
  both.begin(both.session.open(SessionChannel{}, much_later()), opening);
  both.turn();
  both.role.offers.clear();
  both.turn();
  ASSERT_TRUE(opening && !*opening);
  EXPECT_EQ(opening->error().code, errc::open_connect_failed);
}

TEST(BothRoles, a_server_has_a_limit_of_channels) {
  std::optional<Result<Channel>> first;
  std::optional<Result<Channel>> second;
  BothRoles both({}, 1);
  both.begin(both.session.open(SessionChannel{}, much_later()), first);
  both.begin(both.session.open(SessionChannel{}, much_later()), second);
  both.turn();
  ASSERT_TRUE(second && !*second);
  EXPECT_EQ(second->error().code, errc::open_resource_shortage);
  EXPECT_EQ(both.role.one_too_many, 1);
}

TEST(BothRoles, a_listener_is_granted_late_and_its_connections_arrive) {
  BothRoles both;
  std::optional<Result<RemoteListener>> listener;
  both.begin(both.session.listen({{"", 0}, {}}, much_later()), listener);
  both.turn();
  both.session.check();
  both.turn();
  ASSERT_EQ(both.role.requests.size(), 2U);
  both.server.answer(*both.role.requests[1].id, {});
  both.turn();
  EXPECT_EQ(both.observer.round_trips, 0) << "answers keep the order of the questions";
  MessageWriter port;
  const auto payload = port.u32(43210).take();
  both.server.answer(*both.role.requests[0].id, {true, {payload.begin(), payload.end()}});
  both.turn();
  EXPECT_EQ(both.observer.round_trips, 1);
  ASSERT_TRUE(listener && *listener);
  EXPECT_EQ((*listener)->bound_port(), 43210);

  std::optional<Result<Channel>> visitor;
  std::optional<Result<Incoming>> incoming;
  both.begin(both.server.open(ForwardedTcpip{{"", 43210}, {"192.0.2.7", 50001}}, much_later()), visitor);
  both.begin((*listener)->accept(), incoming);
  both.turn();
  ASSERT_TRUE(incoming && *incoming);
  EXPECT_EQ((*incoming)->originator, (net::HostPort{"192.0.2.7", 50001}));
  (*incoming)->channel.accept();
  both.turn();
  ASSERT_TRUE(visitor && *visitor);
}

TEST(BothRoles, the_client_refuses_what_it_did_not_ask_for) {
  BothRoles both;
  std::optional<Result<Channel>> x11;
  both.begin(both.server.open(connection::OpaqueChannel{"x11", {}}, much_later()), x11);
  both.server.global_request("tcpip-forward", true);
  both.server.global_request("hostkeys-00@openssh.com", false);
  both.turn();
  ASSERT_TRUE(x11 && !*x11);
  EXPECT_EQ(x11->error().code, errc::open_unknown_channel_type);
  EXPECT_EQ(both.observer.unmatched, 1);
  EXPECT_THAT(both.role.replies, ElementsAre(false));
}

TEST(BothRoles, what_is_under_way_ends_with_the_connection) {
  BothRoles both;
  std::optional<Result<Channel>> opening;
  std::optional<Result<RemoteListener>> listener;
  both.begin(both.session.open(SessionChannel{}, much_later()), opening);
  both.begin(both.session.listen({{"", 80}, {}}, much_later()), listener);
  both.turn();
  both.tasks.spawn(both.session.close(much_later()));
  both.turn();
  ASSERT_TRUE(both.session_ended && opening && listener);
  EXPECT_EQ(both.session_ended->code, errc::session_closed);
  EXPECT_EQ(opening->error().code, errc::session_closed);
  EXPECT_EQ(listener->error().code, errc::session_closed);
}

}  // namespace
}  // namespace towline::ssh
