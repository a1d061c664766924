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

TEST(MuxChannels, requests_of_the_server_are_refused_where_it_wants_to_know) {
  Talk talk;
  const auto id = talk.open_channel(7);
  EXPECT_EQ(talk.hears(channel_request(id, "keepalive@openssh.com", true)), "ignored");
  EXPECT_THAT(talk.says(), ElementsAre("channel-no 7"));
  EXPECT_EQ(talk.hears(channel_request(id, "xon-xoff", false).u8(1)), "ignored");
  EXPECT_THAT(talk.says(), IsEmpty());
}

TEST(MuxChannels, exit_status_and_signal_are_told) {
  Talk talk;
  const auto id = talk.open_channel(7);
  EXPECT_EQ(talk.hears(exit_status(id, 3)), "exit 0 3 ");
  EXPECT_EQ(talk.hears(exit_signal(id, "TERM")), "exit 0 0 TERM");
  EXPECT_THAT(talk.says(), IsEmpty());
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

TEST(MuxChannels, the_server_may_not_open_more_than_the_limit) {
  Talk talk({}, 2);
  talk.listening({{"", 80}, {}});
  EXPECT_EQ(talk.hears(forwarded_tcpip(9, "", 80)), "incoming 0 listen 0 from 192.0.2.7 50001");
  talk.mux.open(to_web);
  talk.says();
  EXPECT_EQ(talk.hears(forwarded_tcpip(10, "", 80)), "unmatched limit  of :80");
  EXPECT_THAT(talk.says(), ElementsAre("refuse 10 4 too many channels "));
  talk.mux.refuse(0, errc::open_connect_failed, "");
  EXPECT_EQ(talk.hears(forwarded_tcpip(11, "", 80)), "incoming 0 listen 0 from 192.0.2.7 50001");
}

TEST(MuxChannels, an_accepted_channel_is_open_at_once) {
  Talk talk;
  talk.listening({{"", 80}, {}});
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
