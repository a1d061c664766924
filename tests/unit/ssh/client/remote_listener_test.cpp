#include "ssh/client/remote_listener.hpp"

#include "unit/ssh/client/session_talk.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>

namespace towline::ssh {
namespace {

using connection::forwarded_tcpip;
using connection::request_failure;
using connection::request_success;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::StartsWith;
using namespace std::chrono_literals;

std::optional<Result<RemoteListener>> listening(SessionTalk& talk, std::uint16_t port = 0) {
  std::optional<Result<RemoteListener>> listener;
  talk.start(talk.session.listen({{"", port}, {}}, soon()), listener);
  talk.server_says(port == 0 ? request_success(43210) : request_success());
  talk.server_heard();
  return listener;
}

TEST(RemoteListener, gets_its_connections) {
  SessionTalk talk;
  auto listener = listening(talk);
  ASSERT_TRUE(listener && *listener);
  EXPECT_EQ((*listener)->bound_port(), 43210);
  std::optional<Result<Incoming>> incoming;
  talk.start((*listener)->accept(), incoming);
  EXPECT_FALSE(incoming);
  talk.server_says(forwarded_tcpip(9, "", 43210));
  ASSERT_TRUE(incoming && *incoming);
  EXPECT_EQ((*incoming)->originator, (net::HostPort{"192.0.2.7", 50001}));
  EXPECT_THAT(talk.server_heard(), IsEmpty()) << "the target is asked first";
  (*incoming)->channel.accept();
  (*incoming)->channel.write(bytes_of("hi"));
  talk.turn();
  EXPECT_THAT(talk.server_heard(), ElementsAre("confirm 9 0 2097152 32768", "data 9 hi"));
}

TEST(RemoteListener, an_offered_channel_that_is_given_up_is_refused) {
  SessionTalk talk;
  auto listener = listening(talk, 80);
  talk.server_says(forwarded_tcpip(9, "", 80));
  talk.server_says(forwarded_tcpip(10, "", 80));
  std::optional<Result<Incoming>> incoming;
  talk.start((*listener)->accept(), incoming);
  incoming.reset();
  talk.turn();
  EXPECT_THAT(talk.server_heard(), ElementsAre(StartsWith("refuse 9 2")));
  listener.reset();
  talk.turn();
  EXPECT_THAT(talk.server_heard(),
              ElementsAre(StartsWith("refuse 10 2"), "global cancel-tcpip-forward wants-reply  80"));
  EXPECT_EQ(talk.session.channels(), 0U);
}

TEST(RemoteListener, a_refused_listen_says_so) {
  SessionTalk talk;
  std::optional<Result<RemoteListener>> listener;
  talk.start(talk.session.listen({{"", 80}, {}}, soon()), listener);
  talk.server_says(request_failure());
  ASSERT_TRUE(listener);
  EXPECT_EQ(listener->error().code, errc::forward_refused);
}

TEST(RemoteListener, a_listen_that_is_answered_too_late_is_given_back) {
  SessionTalk talk;
  std::optional<Result<RemoteListener>> listener;
  talk.start(talk.session.listen({{"", 0}, {}}, in(0ms)), listener);
  talk.turn_until([&] { return listener.has_value(); });
  EXPECT_EQ(listener->error().code, errc::forward_timeout);
  talk.server_heard();
  talk.server_says(request_success(43210));
  EXPECT_THAT(talk.server_heard(), ElementsAre("global cancel-tcpip-forward wants-reply  43210"));
  talk.server_says(request_success());
  EXPECT_FALSE(talk.ended);
}

TEST(RemoteListener, cancel_waits_for_the_server_and_takes_what_it_had_accepted) {
  SessionTalk talk;
  auto listener = listening(talk, 80);
  std::optional<Result<Incoming>> incoming;
  talk.start((*listener)->accept(), incoming);
  std::optional<bool> cancelled;
  auto cancel = [](RemoteListener& l) -> Task<bool> {
    co_await l.cancel(soon());
    co_return true;
  };
  talk.start(cancel(**listener), cancelled);
  talk.server_says(forwarded_tcpip(9, "", 80));
  ASSERT_TRUE(incoming && *incoming) << "the server had accepted it";
  EXPECT_FALSE(cancelled);
  (*incoming)->channel.accept();
  incoming.reset();
  talk.start((*listener)->accept(), incoming);
  EXPECT_FALSE(incoming);
  talk.server_says(request_success());
  EXPECT_TRUE(cancelled);
  ASSERT_TRUE(incoming);
  EXPECT_EQ(incoming->error().code, errc::session_closed);
}

TEST(RemoteListener, a_cancel_that_is_not_answered_ends_accept_and_later_connections_are_refused_and_told) {
  SessionTalk talk;
  auto listener = listening(talk, 80);
  std::optional<Result<Incoming>> incoming;
  talk.start((*listener)->accept(), incoming);
  std::optional<bool> cancelled;
  auto cancel = [](RemoteListener& l) -> Task<bool> {
    co_await l.cancel(in(0ms));
    co_return true;
  };
  talk.start(cancel(**listener), cancelled);
  talk.turn_until([&] { return cancelled && incoming; });
  EXPECT_EQ(incoming->error().code, errc::session_closed);
  talk.server_heard();
  talk.server_says(forwarded_tcpip(9, "", 80));
  EXPECT_THAT(talk.server_heard(), ElementsAre(StartsWith("refuse 9 1")));
  EXPECT_EQ(talk.counts.unmatched, 1);
}

}  // namespace
}  // namespace towline::ssh
