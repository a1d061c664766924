#include "ssh/client/session.hpp"

#include "unit/ssh/client/session_talk.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>

namespace towline::ssh {
namespace {

using connection::close;
using connection::confirmation;
using connection::data;
using connection::eof;
using connection::open_failure;
using connection::request_failure;
using connection::to_web;
using connection::window_adjust;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::StartsWith;
using namespace std::chrono_literals;

std::string as_text(Bytes data) { return {data.begin(), data.end()}; }

std::string text_of(const std::optional<Result<Bytes>>& unread) {
  if (!unread) return "still waiting";
  return *unread ? as_text(**unread) : (*unread).error().message();
}

std::string message(errc e) { return make_error_code(e).message(); }

TEST(Session, opens_a_channel_and_carries_bytes_both_ways) {
  SessionTalk talk;
  std::optional<Result<Channel>> opened;
  talk.start(talk.session.open(to_web, soon()), opened);
  EXPECT_THAT(talk.server_heard(), ElementsAre(StartsWith("open direct-tcpip 0")));
  EXPECT_FALSE(opened);
  talk.server_says(confirmation(0, 7));
  ASSERT_TRUE(opened && *opened);
  Channel channel = std::move(**opened);

  EXPECT_EQ(channel.sendable(), 32768U);
  channel.write(bytes_of("hello"));
  channel.send_eof();
  talk.turn();
  EXPECT_THAT(talk.server_heard(), ElementsAre("data 7 hello", "eof 7"));

  std::optional<Result<Bytes>> unread;
  talk.start(channel.wait_unread(), unread);
  EXPECT_FALSE(unread);
  talk.server_says(data(0, "wor"));
  EXPECT_EQ(text_of(unread), "wor");
  talk.server_says(data(0, "ld"));
  channel.consume(2);
  talk.start(channel.wait_unread(), unread);
  EXPECT_EQ(text_of(unread), "rld");
}

TEST(Session, a_refused_channel_has_the_servers_words) {
  SessionTalk talk;
  std::optional<Result<Channel>> opened;
  talk.start(talk.session.open(to_web, soon()), opened);
  talk.server_says(open_failure(0, 2, "Connection refused"));
  ASSERT_TRUE(opened);
  EXPECT_EQ(opened->error().code, errc::open_connect_failed);
  EXPECT_EQ(opened->error().detail, "Connection refused");
  EXPECT_EQ(talk.session.channels(), 0U);
}

TEST(Session, an_open_that_is_not_answered_in_time_is_closed_when_it_is) {
  SessionTalk talk;
  std::optional<Result<Channel>> opened;
  talk.start(talk.session.open(to_web, in(0ms)), opened);
  talk.turn_until([&] { return opened.has_value(); });
  EXPECT_EQ(opened->error().code, errc::open_timeout);
  talk.server_heard();
  talk.server_says(confirmation(0, 7));
  EXPECT_THAT(talk.server_heard(), ElementsAre("close 7"));
  talk.server_says(close(0));
  EXPECT_EQ(talk.session.channels(), 0U);
}

TEST(Session, a_channel_that_is_given_up_is_closed) {
  SessionTalk talk;
  {
    const Channel channel = talk.open_channel();
  }
  talk.turn();
  EXPECT_THAT(talk.server_heard(), ElementsAre("close 7"));
  talk.server_says(data(0, "too late"));
  talk.server_says(close(0));
  EXPECT_EQ(talk.session.channels(), 0U);
  EXPECT_FALSE(talk.ended);
}

TEST(Session, what_arrived_before_the_end_is_still_delivered) {
  SessionTalk talk;
  Channel channel = talk.open_channel();
  talk.server_says(data(0, "last words"));
  talk.server_says(eof(0));
  talk.server_says(close(0));
  EXPECT_EQ(channel.end()->code, errc::channel_closed);
  std::optional<Result<Bytes>> unread;
  talk.start(channel.wait_unread(), unread);
  EXPECT_EQ(text_of(unread), "last words");
  channel.consume(10);
  talk.start(channel.wait_unread(), unread);
  EXPECT_EQ(text_of(unread), "");
}

TEST(Session, window_is_announced_only_for_what_was_consumed) {
  SessionTalk talk;
  Channel channel = talk.open_channel();
  const std::string packet(32768, 'x');
  for (int i = 0; i < 64; ++i) talk.server_says(data(0, packet));
  EXPECT_THAT(talk.server_heard(), IsEmpty());
  channel.consume(1 << 20);
  talk.turn();
  EXPECT_THAT(talk.server_heard(), ElementsAre("adjust 7 1048576"));
}

struct Nibbler final : Channel::Taker {
  Result<std::size_t> take(std::span<const Bytes> pieces) override {
    ++calls;
    if (fails) return errc::transport_failed;
    const auto before = room;
    for (const auto piece : pieces) {
      const auto n = std::min(piece.size(), room);
      taken += as_text(piece.first(n));
      room -= n;
    }
    return before - room;
  }
  int calls = 0;
  std::size_t room = 3;
  std::string taken;
  bool fails = false;
};

TEST(Session, a_taker_gets_data_first_and_the_rest_is_kept_in_order) {
  SessionTalk talk;
  Channel channel = talk.open_channel();
  Nibbler nibbler;
  channel.give_to(&nibbler);
  talk.server_says(data(0, "abcde"));
  nibbler.room = 100;
  talk.server_says(data(0, "fgh"));
  EXPECT_EQ(nibbler.taken, "abc") << "f would overtake d";
  std::optional<Result<Bytes>> unread;
  talk.start(channel.wait_unread(), unread);
  EXPECT_EQ(text_of(unread), "defgh");
  channel.consume(5);
  talk.server_says(data(0, "ijk"));
  EXPECT_EQ(nibbler.taken, "abcijk");
}

TEST(Session, what_comes_in_one_turn_is_handed_over_at_once_and_the_rest_is_kept) {
  SessionTalk talk;
  Channel channel = talk.open_channel();
  Nibbler nibbler;
  nibbler.room = 7;
  channel.give_to(&nibbler);
  for (const auto* text : {"abc", "def", "ghi", "jkl"}) talk.server.says(data(0, text).bytes());
  talk.turn();
  EXPECT_EQ(nibbler.calls, 1);
  EXPECT_EQ(nibbler.taken, "abcdefg");
  std::optional<Result<Bytes>> unread;
  talk.start(channel.wait_unread(), unread);
  EXPECT_EQ(text_of(unread), "hijkl");
}

TEST(Session, what_was_said_before_an_end_in_the_same_turn_is_handed_over) {
  for (const auto& last : {std::vector{eof(0)}, std::vector{close(0)}, std::vector{eof(0), close(0)}}) {
    SessionTalk talk;
    Channel channel = talk.open_channel();
    Nibbler nibbler;
    nibbler.room = 100;
    channel.give_to(&nibbler);
    talk.server.says(data(0, "abc").bytes());
    for (const auto& message : last) talk.server.says(message.bytes());
    talk.turn();
    EXPECT_EQ(nibbler.taken, "abc");
  }
}

TEST(Session, a_taker_that_fails_on_what_came_before_the_end_is_why_its_channel_is_over) {
  SessionTalk talk;
  Channel channel = talk.open_channel();
  Nibbler nibbler;
  nibbler.fails = true;
  channel.give_to(&nibbler);
  talk.server.says(data(0, "abc").bytes());
  talk.server.says(close(0).bytes());
  talk.turn();
  EXPECT_EQ(channel.end()->code, errc::transport_failed);
}

TEST(Session, more_small_packets_than_one_call_takes_are_handed_over_in_order) {
  SessionTalk talk;
  Channel channel = talk.open_channel();
  Nibbler nibbler;
  nibbler.room = 1'000'000;
  channel.give_to(&nibbler);
  std::string all;
  for (int i = 0; i < 200; ++i) {
    talk.server.says(data(0, std::to_string(i)).bytes());
    all += std::to_string(i);
  }
  talk.turn();
  EXPECT_EQ(nibbler.taken, all);
  EXPECT_LE(nibbler.calls, 4);
}

TEST(Session, a_taker_that_fails_ends_its_channel_and_no_other) {
  SessionTalk talk;
  Channel channel = talk.open_channel();
  Nibbler nibbler;
  nibbler.fails = true;
  channel.give_to(&nibbler);
  talk.server_says(data(0, "abc"));
  EXPECT_THAT(talk.server_heard(), ElementsAre("close 7"));
  EXPECT_EQ(channel.end()->code, errc::transport_failed);
  EXPECT_FALSE(talk.ended);
}

TEST(Session, a_transfer_that_is_held_back_for_nothing_goes_on) {
  constexpr std::uint32_t packet = 32 * 1024;
  const std::string full(packet, 'x');
  SessionTalk talk;
  Channel channel = talk.open_channel(1U << 30U);
  // A server that gives back each packet at once, until its reader is slow to.
  for (const auto until = in(std::chrono::milliseconds(100)); std::chrono::steady_clock::now() < until;) {
    channel.write(bytes_of(full));
    talk.turn();
    talk.server_heard();
    talk.server_says(window_adjust(0, packet));
  }
  std::size_t sent = 0;
  for (; channel.sendable() > 0; sent += packet) {
    channel.write(bytes_of(full));
    talk.turn();
    talk.server_heard();
  }
  ASSERT_LT(sent, 512U * 1024 * 1024);
  std::optional<Result<std::size_t>> room;
  talk.start(channel.wait_sendable(), room);
  talk.turn_until([&] { return room.has_value(); });
  EXPECT_EQ(**room, packet);
}

TEST(Session, a_full_wire_stops_data_and_starts_it_again) {
  SessionTalk talk;
  Channel channel = talk.open_channel(0x7fffffff);
  talk.server.takes(0);
  const std::string packet(32768, 'x');
  std::size_t written = 0;
  for (; channel.sendable() > 0; written += packet.size()) channel.write(bytes_of(packet));
  EXPECT_LE(written, 512U * 1024) << "what waits here is bounded";
  std::optional<Result<std::size_t>> room;
  talk.start(channel.wait_sendable(), room);
  EXPECT_FALSE(room);
  talk.server.takes(1 << 30);
  talk.turn();
  ASSERT_TRUE(room && *room);
  EXPECT_EQ(**room, 32768U);
}

TEST(Session, a_full_window_stops_data_and_starts_it_again) {
  SessionTalk talk;
  Channel channel = talk.open_channel(5);
  channel.write(bytes_of("12345"));
  std::optional<Result<std::size_t>> room;
  talk.start(channel.wait_sendable(), room);
  EXPECT_FALSE(room);
  talk.server_says(window_adjust(0, 4));
  ASSERT_TRUE(room && *room);
  EXPECT_EQ(**room, 4U);
}

TEST(Session, a_violation_of_the_protocol_ends_it_and_is_named) {
  SessionTalk talk;
  Channel channel = talk.open_channel();
  std::optional<Result<Bytes>> unread;
  talk.start(channel.wait_unread(), unread);
  talk.server_says(data(99, "x"));
  ASSERT_TRUE(talk.ended);
  EXPECT_EQ(talk.ended->code, errc::unknown_channel);
  EXPECT_EQ(talk.ended->detail, "message 94");
  EXPECT_THAT(text_of(unread), StartsWith(message(errc::unknown_channel)));
  EXPECT_EQ(channel.sendable(), 0U);
}

TEST(Session, a_server_that_hangs_up_ends_it_for_everybody) {
  SessionTalk talk;
  Channel channel = talk.open_channel();
  std::optional<Result<Channel>> opened;
  talk.start(talk.session.open(to_web, soon()), opened);
  std::optional<Result<RemoteListener>> listener;
  talk.start(talk.session.listen({{"", 80}, {}}, soon()), listener);
  talk.server.hangs_up();
  talk.turn();
  ASSERT_TRUE(talk.ended && opened && listener);
  EXPECT_EQ(talk.ended->code, errc::peer_closed);
  EXPECT_EQ(opened->error().code, errc::peer_closed);
  EXPECT_EQ(listener->error().code, errc::peer_closed);
  EXPECT_EQ(channel.end()->code, errc::peer_closed);

  std::optional<Result<Channel>> after;
  talk.start(talk.session.open(to_web, soon()), after);
  EXPECT_EQ(after->error().code, errc::peer_closed);
}

TEST(Session, close_says_goodbye) {
  SessionTalk talk;
  std::optional<bool> closed;
  auto close_it = [](Session& session) -> Task<bool> {
    co_await session.close(soon());
    co_return true;
  };
  talk.start(close_it(talk.session), closed);
  ASSERT_TRUE(closed && talk.ended);
  EXPECT_EQ(talk.ended->code, errc::session_closed);
  const auto heard = talk.server.heard();
  ASSERT_EQ(heard.size(), 1U);
  EXPECT_EQ(heard[0][0], 1) << "SSH_MSG_DISCONNECT";
}

TEST(Session, a_silent_server_is_asked_and_then_given_up) {
  SessionTalk talk({.interval = 100ms, .count_max = 1});
  talk.turn_until([&] { return talk.counts.sent == 1; });
  talk.turn();
  const int received = talk.counts.received;
  EXPECT_THAT(talk.server_heard(), ElementsAre("global keepalive@openssh.com wants-reply"));
  talk.server_says(request_failure());
  EXPECT_EQ(talk.counts.round_trips, 1);
  EXPECT_EQ(talk.counts.received, received + 1);
  talk.turn_until([&] { return talk.ended.has_value(); });
  EXPECT_EQ(talk.ended->code, errc::keepalive_timeout);
  EXPECT_EQ(talk.counts.sent, 2);
  EXPECT_EQ(talk.counts.missed, 1);
}

TEST(Session, what_is_no_packet_is_no_lost_connection) {
  SessionTalk talk;
  talk.server.says_raw(std::string(100, '\x7f'));
  talk.turn();
  ASSERT_TRUE(talk.ended);
  EXPECT_EQ(talk.ended->code, errc::packet_invalid);
  EXPECT_EQ(talk.ended->detail, "") << "nothing is left over";
}

constexpr KeepaliveOptions never{.interval = 0s, .count_max = 0};

TEST(Session, a_server_that_answers_no_request_is_given_up_whatever_else_it_says) {
  SessionTalk talk(never, 200ms);
  std::optional<Result<Channel>> opened;
  talk.start(talk.session.open(to_web, in(0ms)), opened);
  talk.turn_until([&] { return opened.has_value(); });
  EXPECT_EQ(opened->error().code, errc::open_timeout);
  EXPECT_THAT(talk.server_heard(), testing::Contains("global keepalive@openssh.com wants-reply"));
  talk.server.says(std::vector<std::uint8_t>{2, 0, 0, 0, 0});  // SSH_MSG_IGNORE
  talk.turn_until([&] { return talk.ended.has_value(); });
  EXPECT_EQ(talk.ended->code, errc::requests_unanswered);
}

TEST(Session, a_server_that_answers_is_not_given_up_for_a_slow_target) {
  SessionTalk talk(never, 200ms);
  std::optional<Result<Channel>> opened;
  talk.start(talk.session.open(to_web, in(0ms)), opened);
  talk.turn_until([&] { return opened.has_value(); });
  talk.server_says(request_failure());
  asio::steady_timer later(talk.io, 400ms);
  bool expired = false;
  later.async_wait([&](error_code) { expired = true; });
  talk.turn_until([&] { return expired; });
  EXPECT_FALSE(talk.ended);
}

TEST(Session, a_server_that_closes_no_channel_is_given_up) {
  SessionTalk talk;
  for (int i = 0; i <= 16384 && !talk.ended; ++i) {
    std::optional<Result<Channel>> opened;
    talk.start(talk.session.open(to_web, soon()), opened);
    talk.server_says(confirmation(static_cast<std::uint32_t>(i), 7));
    opened.reset();
    if (i % 1000 == 0) talk.server_heard();
  }
  talk.turn();
  ASSERT_TRUE(talk.ended);
  EXPECT_EQ(talk.ended->code, errc::channels_left_open);
}

}  // namespace
}  // namespace towline::ssh
