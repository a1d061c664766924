#include "unit/share/share_talk.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace towline::share {
namespace {

using ssh::Channel;
using ssh::connection::OpaqueChannel;
using testing::ElementsAre;
using testing::HasSubstr;

const OpaqueChannel a_session{"session", {}};

TEST_F(ShareTest, a_channel_is_opened_at_the_server_as_it_was_asked_for) {
  auto& upstream = board();
  auto& guest = join();
  auto& opened = open(guest, {"unheard-of@example.com", {1, 2, 3}});
  ASSERT_EQ(upstream.role.offers.size(), 1U);
  EXPECT_EQ(upstream.role.offers[0].type, "unheard-of@example.com");
  EXPECT_THAT(upstream.role.offers[0].payload, ElementsAre(1, 2, 3));
  EXPECT_FALSE(opened) << "nobody has said yes";
  upstream.role.offers[0].channel.accept();
  turn();
  ASSERT_TRUE(opened);
  EXPECT_TRUE(*opened);
}

TEST_F(ShareTest, a_channel_is_seen_at_its_client_while_it_is_open) {
  auto& upstream = board();
  auto& guest = join();
  auto& other = join();
  auto& opened = open(guest, {"direct-tcpip", {}});
  EXPECT_THAT(guest.slot->facts().channels, ElementsAre(0U, 0U, 0U)) << "nobody has said yes";
  upstream.role.offers.at(0).channel.accept();
  turn();
  ASSERT_TRUE(opened && *opened);
  EXPECT_THAT(guest.slot->facts().channels, ElementsAre(0U, 1U, 0U));
  EXPECT_THAT(other.slot->facts().channels, ElementsAre(0U, 0U, 0U));
  lose(upstream);
  EXPECT_THAT(guest.slot->facts().channels, ElementsAre(0U, 0U, 0U));
}

TEST_F(ShareTest, a_refusal_comes_back_as_the_server_gave_it) {
  auto& upstream = board();
  auto& guest = join();
  auto& opened = open(guest, {"direct-tcpip", {}});
  upstream.role.offers.at(0).channel.refuse(std::uint32_t{0xFE000001}, "not today");
  turn();
  ASSERT_TRUE(opened && !*opened);
  EXPECT_EQ(opened->error().ssh_code, 0xFE000001U);
  EXPECT_THAT(opened->error().detail, HasSubstr("not today"));
}

TEST_F(ShareTest, what_is_asked_for_without_a_session_waits_for_one) {
  auto& guest = join();
  auto& opened = open(guest, a_session);
  EXPECT_FALSE(opened);
  EXPECT_EQ(share_.waiting(), 1U);
  auto& upstream = board();
  ASSERT_EQ(upstream.role.offers.size(), 1U);
  upstream.role.offers[0].channel.accept();
  turn();
  EXPECT_TRUE(opened && *opened);
}

TEST_F(ShareTest, a_client_that_goes_waits_no_more) {
  auto& guest = join();
  open(guest, a_session);
  leave(guest);
  EXPECT_TRUE(guest.served);
  EXPECT_EQ(share_.waiting(), 0U);
  EXPECT_EQ(share_.clients(), 0U);
}

TEST_F(ShareTest, a_client_that_is_sent_away_goes_with_what_it_has_open_and_the_others_stay) {
  auto& upstream = board();
  auto& guest = join();
  auto& other = join();
  open(guest, a_session);
  upstream.role.offers.at(0).channel.accept();
  turn();
  share_.disconnect(77);
  turn();
  EXPECT_FALSE(guest.served) << "that was nobody's number";
  share_.disconnect(guest.slot->traits().id);
  turn();
  ASSERT_TRUE(guest.served);
  EXPECT_TRUE(guest.served->by_order);
  EXPECT_TRUE(guest.ended);
  EXPECT_FALSE(other.served);
  EXPECT_EQ(share_.clients(), 1U);
}

TEST_F(ShareTest, a_client_can_be_sent_away_while_all_finish_what_they_have_open) {
  auto& upstream = board();
  auto& guest = join();
  open(guest, a_session);
  upstream.role.offers.at(0).channel.accept();
  turn();
  share_.stop(ssh::much_later());
  turn();
  EXPECT_FALSE(guest.served);
  share_.disconnect(guest.slot->traits().id);
  turn();
  EXPECT_TRUE(guest.served && guest.served->by_order);
}

struct NoWait : ShareTest {
  NoWait() : ShareTest({.wait = std::chrono::milliseconds(0)}) {}
};

TEST_F(NoWait, is_a_refusal_at_once) {
  auto& guest = join();
  auto& opened = open(guest, a_session);
  ASSERT_TRUE(opened && !*opened);
  EXPECT_THAT(opened->error().detail, HasSubstr("there is no session with the server"));
  auto& listening = listens_.emplace_back();
  begin(guest.session->listen({{"", 80}, {}}, ssh::much_later()), listening);
  turn();
  EXPECT_TRUE(listening && !*listening);
}

TEST_F(ShareTest, a_host_key_that_is_refused_ends_the_wait_with_its_sentence) {
  auto& guest = join();
  auto& opened = open(guest, a_session);
  share_.not_connected(Failure(ssh::errc::connect_timeout));
  turn();
  EXPECT_FALSE(opened) << "that may get better";
  share_.not_connected(Failure(ssh::errc::host_key_mismatch));
  turn();
  ASSERT_TRUE(opened && !*opened);
  EXPECT_THAT(opened->error().detail, HasSubstr(Failure(ssh::errc::host_key_mismatch).message()));
}

TEST_F(ShareTest, the_end_of_the_session_ends_what_runs_and_not_the_client) {
  auto& first = board();
  auto& guest = join();
  auto& opened = open(guest, a_session);
  first.role.offers.at(0).channel.accept();
  turn();
  ASSERT_TRUE(opened && *opened);
  lose(first);
  EXPECT_TRUE((*opened)->end());
  EXPECT_FALSE(guest.ended);
  auto& again = open(guest, a_session);
  EXPECT_FALSE(again);
  auto& second = board();
  ASSERT_EQ(second.role.offers.size(), 1U);
}

TEST_F(ShareTest, what_was_asked_of_a_session_that_is_lost_is_asked_of_the_next) {
  auto& first = board();
  auto& guest = join();
  auto& opened = open(guest, a_session);
  ASSERT_EQ(first.role.offers.size(), 1U);
  lose(first);
  EXPECT_FALSE(opened);
  auto& second = board();
  ASSERT_EQ(second.role.offers.size(), 1U);
  second.role.offers[0].channel.accept();
  turn();
  EXPECT_TRUE(opened && *opened);
}

TEST_F(ShareTest, one_session_more_than_the_server_allows_asks_for_another_session_with_it) {
  auto& upstream = board();
  auto& guest = join();
  open(guest, a_session);
  upstream.role.offers.at(0).channel.accept();
  auto& second = open(guest, a_session);
  upstream.role.offers.at(1).channel.refuse(std::uint32_t{2}, "open failed");
  turn();
  EXPECT_EQ(others_, 1);
  ASSERT_EQ(upstream.role.offers.size(), 3U) << "the other one could not be had";
  EXPECT_FALSE(second);
  upstream.role.offers[2].channel.refuse(std::uint32_t{2}, "open failed");
  turn();
  ASSERT_TRUE(second && !*second);
  EXPECT_EQ(second->error().ssh_code, 2U);
  EXPECT_EQ(others_, 1);
}

struct OneUpstream : ShareTest {
  OneUpstream() : ShareTest({.upstreams_max = 1}) {}
};

TEST_F(OneUpstream, asks_the_server_each_time_whether_there_is_room) {
  auto& upstream = board();
  auto& guest = join();
  open(guest, a_session);
  upstream.role.offers.at(0).channel.accept();
  for (std::size_t n = 1; n < 4; ++n) {
    auto& opened = open(guest, a_session);
    ASSERT_EQ(upstream.role.offers.size(), n + 1) << "it does not wait";
    upstream.role.offers[n].channel.refuse(std::uint32_t{2}, "open failed");
    turn();
    EXPECT_TRUE(opened && !*opened);
  }
  auto& opened = open(guest, a_session);
  upstream.role.offers.at(4).channel.accept();
  turn();
  EXPECT_TRUE(opened && *opened);
  EXPECT_EQ(others_, 0);
}

TEST_F(ShareTest, a_server_that_allows_no_session_is_believed_at_once) {
  auto& upstream = board();
  auto& guest = join();
  auto& opened = open(guest, a_session);
  upstream.role.offers.at(0).channel.refuse(std::uint32_t{1}, "no");
  turn();
  EXPECT_TRUE(opened && !*opened);
  EXPECT_EQ(others_, 0);
}

struct SessionsOnly : ShareTest {
  SessionsOnly() : ShareTest({.allowed = {.local = false, .remote = false}}) {}
};

TEST_F(SessionsOnly, is_what_else_is_refused_for) {
  auto& upstream = board();
  auto& guest = join();
  auto& opened = open(guest, {"direct-tcpip", {}});
  ASSERT_TRUE(opened && !*opened);
  EXPECT_EQ(opened->error().code, ssh::errc::open_administratively_prohibited);
  EXPECT_THAT(opened->error().detail, HasSubstr("TOWLINE_SHARE_ALLOW"));
  auto& listening = listens_.emplace_back();
  begin(guest.session->listen({{"", 80}, {}}, ssh::much_later()), listening);
  turn();
  EXPECT_TRUE(listening && !*listening);
  EXPECT_TRUE(upstream.role.offers.empty() && upstream.role.requests.empty());
}

TEST(Forced, is_the_command_whatever_was_to_be_run) {
  ssh::Permissions permissions;
  permissions.command = "true";
  for (const auto* type : {"exec", "shell", "subsystem"}) {
    EXPECT_FALSE(forced(type, {})) << type;
    const auto other = forced(type, permissions);
    ASSERT_TRUE(other) << type;
    EXPECT_EQ(other->type, "exec");
    EXPECT_EQ(other->payload, (text::SecretBytes{0, 0, 0, 4, 't', 'r', 'u', 'e'}));
  }
  for (const auto* type : {"pty-req", "env", "window-change", "signal"})
    EXPECT_FALSE(forced(type, permissions)) << type;
}

TEST_F(ShareTest, stop_lets_what_runs_end_and_takes_nothing_new) {
  auto& upstream = board();
  auto& guest = join();
  auto& opened = open(guest, a_session);
  upstream.role.offers.at(0).channel.accept();
  turn();
  share_.stop(ssh::much_later());
  turn();
  EXPECT_FALSE(guest.ended);
  auto& more = open(guest, a_session);
  EXPECT_TRUE(more && !*more);
  opened.reset();
  turn();
  EXPECT_TRUE(guest.ended) << "its last channel is over";
}

}  // namespace
}  // namespace towline::share
