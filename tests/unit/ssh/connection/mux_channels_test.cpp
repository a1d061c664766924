// The life of channels: opening, EOF, CLOSE, and when a number may be used again.
#include "ssh/connection/mux.hpp"
#include "unit/ssh/connection/talk.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace towline::ssh::connection {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(MuxChannels, concurrent_opens_are_answered_in_any_order) {
  Talk talk;
  const auto a = talk.mux.open(to_web);
  const auto b = talk.mux.open(SessionChannel{});
  const auto c = talk.mux.open(DirectStreamlocal{"/run/x"});
  EXPECT_EQ(talk.hears(confirmation(c, 70)), "opened 2");
  EXPECT_EQ(talk.hears(data(c, "early")), "data 2 early");
  EXPECT_EQ(talk.hears(open_failure(a, 2, "refused")), "refused 0 connect_failed refused 2");
  EXPECT_EQ(talk.hears(confirmation(b, 71)), "opened 1");
  talk.says();
  talk.mux.close(b);
  talk.mux.close(c);
  EXPECT_THAT(talk.says(), ElementsAre("close 71", "close 70"));
}

TEST(MuxChannels, a_refusal_has_a_reason_and_the_servers_words) {
  struct Row {
    std::uint32_t code;
    const char* event;
  };
  const Row rows[] = {{1, "refused 0 prohibited why 1"},
                      {2, "refused 0 connect_failed why 2"},
                      {3, "refused 0 unknown_type why 3"},
                      {4, "refused 0 resource_shortage why 4"},
                      {0, "refused 0 connect_failed why 0"},
                      {5, "refused 0 connect_failed why 5"},
                      {0xfe000000, "refused 0 connect_failed why 4261412864"}};
  for (const auto& row : rows) {
    Talk talk;
    const auto id = talk.mux.open(to_web);
    EXPECT_EQ(talk.hears(open_failure(id, row.code, "why")), row.event);
    EXPECT_EQ(talk.mux.channels(), 0U);
  }
}

TEST(MuxChannels, a_refusal_may_lack_its_words) {
  Talk talk;
  const auto id = talk.mux.open(to_web);
  EXPECT_EQ(talk.hears(Said(92).u32(id).u32(4)), "refused 0 resource_shortage  4");
}

TEST(MuxChannels, a_late_confirmation_of_an_abandoned_open_is_closed_at_once) {
  Talk talk;
  const auto id = talk.mux.open(to_web);
  talk.mux.abandon(id);
  talk.says();
  EXPECT_EQ(talk.hears(confirmation(id, 7)), "ignored");
  EXPECT_THAT(talk.says(), ElementsAre("close 7"));
  EXPECT_EQ(talk.hears(data(id, "dropped")), "ignored");
  EXPECT_EQ(talk.hears(eof(id)), "ignored");
  EXPECT_EQ(talk.mux.channels(), 1U);
  EXPECT_EQ(talk.hears(close(id)), "closed 0");
  EXPECT_EQ(talk.mux.channels(), 0U);
  EXPECT_THAT(talk.says(), IsEmpty());
}

TEST(MuxChannels, a_late_refusal_of_an_abandoned_open_frees_its_number) {
  Talk talk;
  const auto id = talk.mux.open(to_web);
  talk.mux.abandon(id);
  EXPECT_NE(talk.mux.open(to_web), id) << "its answer is still under way";
  EXPECT_EQ(talk.hears(open_failure(id, 2, "")), "ignored");
  EXPECT_EQ(talk.mux.open(to_web), id);
}

TEST(MuxChannels, those_over_for_us_alone_are_counted) {
  Talk talk;
  const auto closed = talk.open_channel(7);
  const auto abandoned = talk.mux.open(to_web);
  const auto refused = talk.mux.open(to_web);
  EXPECT_EQ(talk.mux.left_open(), 0U);
  talk.mux.close(closed);
  talk.mux.abandon(abandoned);
  talk.mux.abandon(refused);
  EXPECT_EQ(talk.mux.left_open(), 3U);
  talk.hears(confirmation(abandoned, 8));
  EXPECT_EQ(talk.mux.left_open(), 3U) << "it is closed now";
  talk.hears(open_failure(refused, 2, ""));
  talk.hears(close(abandoned));
  talk.hears(close(closed));
  EXPECT_EQ(talk.mux.left_open(), 0U);
  talk.hears(close(talk.open_channel(9)));
  EXPECT_EQ(talk.mux.left_open(), 0U) << "the server closed first";
}

TEST(MuxChannels, a_confirmed_channel_is_no_longer_abandoned_but_closed) {
  Talk talk;
  const auto id = talk.open_channel(7);
  talk.mux.abandon(id);
  EXPECT_EQ(talk.hears(data(id, "x")), "data 0 x");
}

TEST(MuxChannels, the_servers_close_is_answered_with_ours) {
  Talk talk;
  const auto id = talk.open_channel(7);
  EXPECT_EQ(talk.hears(close(id)), "closed 0");
  EXPECT_THAT(talk.says(), ElementsAre("close 7"));
  EXPECT_EQ(talk.mux.channels(), 0U);
}

TEST(MuxChannels, our_close_is_not_said_twice) {
  Talk talk;
  const auto id = talk.open_channel(7);
  talk.mux.close(id);
  talk.mux.close(id);
  talk.mux.send_eof(id);
  talk.mux.request(id, "exec", true, {});
  EXPECT_THAT(talk.says(), ElementsAre("close 7"));
  EXPECT_EQ(talk.hears(close(id)), "closed 0");
  EXPECT_THAT(talk.says(), IsEmpty());
}

TEST(MuxChannels, a_number_is_used_again_only_after_both_have_closed) {
  Talk talk;
  const auto id = talk.open_channel(7);
  talk.mux.close(id);
  EXPECT_NE(talk.mux.open(to_web), id);
  talk.hears(close(id));
  EXPECT_EQ(talk.mux.open(to_web), id);
}

TEST(MuxChannels, a_number_used_again_begins_anew) {
  Talk talk({.initial = 100, .max = 400, .packet_max = 100});
  auto id = talk.open_channel(7, 10, 10);
  talk.hears(data(id, std::string(100, 'x')));
  talk.mux.consumed(id, 100);
  talk.mux.send_eof(id);
  talk.hears(eof(id));
  talk.hears(close(id));
  talk.says();

  id = talk.open_channel(8, 50, 50);
  EXPECT_EQ(id, 0U);
  EXPECT_EQ(talk.mux.sendable(id), 50U);
  EXPECT_EQ(talk.mux.receive_window_size(id), 100U);
  EXPECT_EQ(talk.hears(data(id, "x")), "data 0 x");
  talk.mux.send_eof(id);
  EXPECT_THAT(talk.says(), ElementsAre("eof 8"));
}

// The first window of a channel opened now, as the server reads it.
std::string offered_window(Talk& talk) {
  const auto id = talk.mux.open(SessionChannel{});
  EXPECT_EQ(talk.says(), std::vector<std::string>{"open session " + std::to_string(id) + " " +
                                                  std::to_string(talk.mux.receive_window_size(id)) + " 100"});
  return std::to_string(talk.mux.receive_window_size(id));
}

TEST(MuxChannels, the_windows_of_all_have_one_bound_and_come_back_with_the_channels) {
  const WindowLimits limits{.initial = 100, .max = 400, .session_max = 1000, .min = 10, .packet_max = 100};
  Talk talk(limits);
  EXPECT_EQ(offered_window(talk), "15") << "a 64th of 1000";
  const auto refused = talk.mux.open(to_web);
  const auto closed = talk.open_channel(7);
  std::uint64_t sum = 0;
  for (ChannelId id = 3; id < 50; ++id) {
    talk.open_channel(id);
    sum += talk.mux.receive_window_size(id);
  }
  EXPECT_LT(sum, limits.session_max);
  EXPECT_EQ(offered_window(talk), "10");
  talk.hears(open_failure(refused, 2, ""));
  talk.hears(close(closed));
  for (ChannelId id = 3; id < 50; ++id) talk.hears(close(id));
  talk.says();
  EXPECT_EQ(offered_window(talk), "15") << "two that are open took 25";
}

TEST(MuxChannels, eof_of_one_side_leaves_the_other_direction_alive) {
  Talk talk;
  const auto id = talk.open_channel(7);
  EXPECT_EQ(talk.hears(eof(id)), "eof 0");
  EXPECT_EQ(talk.mux.sendable(id), 32768U);
  EXPECT_EQ(talk.hears(window_adjust(id, 1)), "window 0");
  const auto other = talk.open_channel(8);
  talk.mux.send_eof(other);
  talk.mux.send_eof(other);
  EXPECT_THAT(talk.says(), ElementsAre("eof 8"));
  EXPECT_EQ(talk.hears(data(other, "x")), "data 1 x");
}

TEST(MuxChannels, what_was_under_way_when_we_closed_is_dropped_but_counted) {
  Talk talk({.initial = 100, .max = 100, .packet_max = 100});
  const auto id = talk.open_channel(7);
  talk.mux.close(id);
  talk.says();
  EXPECT_EQ(talk.hears(data(id, std::string(60, 'x'))), "ignored");
  EXPECT_EQ(talk.hears(extended_data(id, 1, std::string(40, 'x'))), "ignored");
  EXPECT_EQ(talk.hears(window_adjust(id, 5)), "ignored");
  EXPECT_EQ(talk.hears(channel_request(id, "keepalive@openssh.com", true)), "ignored");
  EXPECT_EQ(talk.hears(eof(id)), "ignored");
  EXPECT_THAT(talk.says(), IsEmpty()) << "nothing may follow our CLOSE";
  EXPECT_EQ(talk.hears(close(id)), "closed 0");
}

TEST(MuxChannels, a_bulk_transfer_is_held_back_before_its_window_is_full_and_no_other_channel_is) {
  constexpr std::uint32_t packet = 32 * 1024, window = 1U << 30U;
  Talk talk;
  const auto bulk = talk.open_channel(7, window);
  const auto other = talk.open_channel(8, window);
  PathTime path{std::chrono::steady_clock::time_point{} + std::chrono::hours(1),
                std::chrono::milliseconds(1)};
  for (int i = 0; i < 100; ++i) {
    path.now += std::chrono::milliseconds(1);
    talk.mux.set_path(path);
    talk.mux.data_header(bulk, packet);
    talk.hears(window_adjust(bulk, packet));
  }
  EXPECT_FALSE(talk.mux.held_back(bulk));
  std::uint32_t sent = 0;
  for (; talk.mux.sendable(bulk) > 0 && sent < window / 2; sent += packet) talk.mux.data_header(bulk, packet);
  EXPECT_LE(sent, 8 * packet);
  EXPECT_TRUE(talk.mux.held_back(bulk));
  EXPECT_EQ(talk.mux.sendable(other), packet);
  EXPECT_FALSE(talk.mux.held_back(other));
  talk.mux.lift(bulk);
  EXPECT_EQ(talk.mux.sendable(bulk), packet);
  EXPECT_FALSE(talk.mux.held_back(bulk));
}

TEST(MuxChannels, a_closed_channel_still_may_not_be_sent_more_than_its_window) {
  Talk talk({.initial = 100, .max = 100, .packet_max = 100});
  const auto id = talk.open_channel(7);
  talk.mux.close(id);
  talk.hears(data(id, std::string(100, 'x')));
  EXPECT_EQ(talk.hears(data(id, "x")), "error window_exceeded");
}

TEST(MuxChannels, extended_data_counts_against_the_window) {
  Talk talk({.initial = 100, .max = 100, .packet_max = 100});
  const auto id = talk.open_channel(7);
  EXPECT_EQ(talk.hears(extended_data(id, 1, "oops")), "extended 0 1 oops");
  talk.hears(data(id, std::string(96, 'x')));
  EXPECT_EQ(talk.hears(extended_data(id, 1, "x")), "error window_exceeded");
}

TEST(MuxChannels, requests_are_told_with_their_type_and_payload_and_answered_in_their_order) {
  Talk talk;
  const auto id = talk.open_channel(7);
  EXPECT_EQ(talk.hears(channel_request(id, "pty-req", true)), "request 0 pty-req asked 0");
  EXPECT_EQ(talk.hears(channel_request(id, "env", false)), "request 0 env");
  EXPECT_EQ(talk.hears(channel_request(id, "exec", true)), "request 0 exec asked 1");
  talk.mux.answer(id, RequestId{1}, true);
  EXPECT_THAT(talk.says(), IsEmpty());
  talk.mux.answer(id, RequestId{0}, false);
  EXPECT_THAT(talk.says(), ElementsAre("channel-no 7", "channel-yes 7"));

  const auto status = exit_status(id, 3);
  const auto event = talk.mux.on_message(status.bytes(), 0);
  ASSERT_TRUE(event);
  EXPECT_EQ(in_hex(std::get<ChannelRequest>(*event).payload), "00000003");
}

TEST(MuxChannels, an_answer_after_our_close_is_not_said) {
  Talk talk;
  const auto id = talk.open_channel(7);
  talk.hears(channel_request(id, "exec", true));
  talk.mux.close(id);
  talk.says();
  talk.mux.answer(id, RequestId{0}, true);
  EXPECT_THAT(talk.says(), IsEmpty());
}

TEST(MuxChannels, what_was_asked_on_a_channel_does_not_live_on_in_its_number) {
  Talk talk;
  talk.hears(channel_request(talk.open_channel(7), "exec", true));
  talk.hears(close(0));
  const auto again = talk.open_channel(8);
  ASSERT_EQ(again, 0U);
  EXPECT_EQ(talk.hears(channel_request(again, "exec", true)), "request 0 exec asked 0");
  talk.mux.answer(again, RequestId{0}, true);
  EXPECT_THAT(talk.says(), ElementsAre("channel-yes 8"));
}

TEST(MuxChannels, global_requests_are_answered_in_their_order) {
  Talk talk;
  EXPECT_EQ(talk.hears(global_request("hostkeys-00@openssh.com", false).text("blob")),
            "global hostkeys-00@openssh.com");
  EXPECT_EQ(talk.hears(global_request("tcpip-forward", true).text("").u32(0)),
            "global tcpip-forward asked 0");
  EXPECT_EQ(talk.hears(global_request("keepalive@openssh.com", true)),
            "global keepalive@openssh.com asked 1");
  talk.mux.answer(RequestId{1}, {});
  EXPECT_THAT(talk.says(), IsEmpty());
  talk.mux.answer(RequestId{0}, {true, {0, 0, 0, 80}});
  EXPECT_THAT(talk.says(), ElementsAre("yes 80", "no"));
}

TEST(MuxChannels, answers_belong_to_global_requests_in_their_order) {
  Talk talk;
  const auto first = talk.mux.global_request("tcpip-forward", true);
  EXPECT_FALSE(talk.mux.global_request("hostkeys-prove", false));
  const auto second = talk.mux.global_request("keepalive@openssh.com", true);
  EXPECT_NE(first, second);
  EXPECT_EQ(talk.hears(request_success(43210)), "answer " + std::to_string(*first) + " yes");
  EXPECT_EQ(talk.hears(request_failure()), "answer " + std::to_string(*second) + " no");
  EXPECT_EQ(talk.hears(request_success()), "error unexpected_message");
}

TEST(MuxChannels, unimplemented_is_a_refusal_of_the_oldest_request) {
  Talk talk;
  talk.mux.global_request("keepalive@openssh.com", true);
  EXPECT_EQ(talk.hears(Said(3).u32(17)), "answer 0 no");
  EXPECT_EQ(talk.hears(Said(3).u32(18)), "ignored");
  EXPECT_EQ(talk.says().size(), 1U) << "no answer to an answer";
}

TEST(MuxChannels, replies_belong_to_requests_that_wanted_one) {
  Talk talk;
  const auto id = talk.open_channel(7);
  talk.mux.request(id, "env", false, {});
  EXPECT_EQ(talk.hears(channel_success(id)), "error unexpected_message");
  talk.mux.request(id, "pty-req", true, {});
  talk.mux.request(id, "exec", true, {});
  EXPECT_EQ(talk.hears(channel_failure(id)), "reply 0 no");
  EXPECT_EQ(talk.hears(channel_success(id)), "reply 0 yes");
  EXPECT_EQ(talk.hears(channel_failure(id)), "error unexpected_message");
}

TEST(MuxChannels, the_peer_may_not_open_more_than_the_limit) {
  Talk talk({}, 2);
  EXPECT_EQ(talk.hears(forwarded_tcpip(9, "", 80)), "offered 0 forwarded-tcpip");
  talk.mux.open(to_web);
  talk.says();
  EXPECT_EQ(talk.hears(forwarded_tcpip(10, "", 80)), "one too many forwarded-tcpip");
  EXPECT_THAT(talk.says(), ElementsAre("refuse 10 4 too many channels "));
  talk.mux.refuse(0, errc::open_connect_failed, "");
  EXPECT_EQ(talk.hears(forwarded_tcpip(11, "", 80)), "offered 0 forwarded-tcpip");
}

TEST(MuxChannels, an_accepted_channel_is_open_at_once) {
  Talk talk;
  talk.hears(forwarded_tcpip(9, "", 80));
  EXPECT_EQ(talk.mux.sendable(0), 0U);
  talk.mux.accept(0);
  EXPECT_EQ(talk.mux.sendable(0), 32768U);
  EXPECT_EQ(talk.hears(data(0, "hello")), "data 0 hello");
  talk.says();
  talk.mux.refuse(0, errc::open_connect_failed, "too late");
  EXPECT_THAT(talk.says(), IsEmpty());
}

}  // namespace
}  // namespace towline::ssh::connection
