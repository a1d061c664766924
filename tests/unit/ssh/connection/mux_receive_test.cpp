// What a peer may not say, and what becomes of what nobody knows.
#include "ssh/connection/mux.hpp"
#include "unit/ssh/connection/talk.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

namespace towline::ssh::connection {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr ChannelId opening = 0;
constexpr ChannelId ready = 1;  // open, a reply is due
constexpr ChannelId offered = 2;
constexpr ChannelId abandoned = 3;
constexpr ChannelId ended = 4;  // we have closed it
constexpr ChannelId gone = 5;   // both have
constexpr ChannelId never = 6;

// A mux with a channel in every phase, and a global request under way.
Talk in_every_phase() {
  Talk talk;
  talk.mux.open(to_web);
  talk.open_channel(101);
  talk.mux.request(ready, "exec", true, {});
  talk.hears(forwarded_tcpip(102, "", 80));
  talk.mux.abandon(talk.mux.open(to_web));
  talk.mux.close(talk.open_channel(104));
  talk.hears(close(talk.open_channel(105)));
  talk.mux.global_request("tcpip-forward", true);
  talk.says();
  return talk;
}

struct Valid {
  Said message;
  std::size_t may_end_at = 0;  // shorter than the whole, and still understood
};

std::vector<Valid> one_of_each() {
  return {{global_request("keepalive@openssh.com", true)},
          {request_success()},
          {channel_open("session", 9)},
          {confirmation(opening, 7)},
          {open_failure(opening, 1, "no"), 9},  // some servers leave the words out
          {window_adjust(ready, 5)},
          {data(ready, "abc")},
          {extended_data(ready, 1, "abc")},
          {eof(ready)},
          {close(ready)},
          {channel_request(ready, "xon-xoff", true)},
          {channel_success(ready)},
          {channel_failure(ready)}};
}

TEST(MuxReceive, understands_one_of_each) {
  for (const auto& valid : one_of_each()) {
    EXPECT_THAT(in_every_phase().hears(valid.message), testing::Not(testing::StartsWith("error")))
        << in_hex(valid.message.bytes());
  }
}

TEST(MuxReceive, a_message_cut_off_anywhere_is_malformed) {
  for (const auto& valid : one_of_each()) {
    const auto whole = valid.message.bytes();
    const auto end = valid.may_end_at == 0 ? whole.size() : valid.may_end_at;
    for (std::size_t size = 0; size < end; ++size) {
      auto talk = in_every_phase();
      // On the heap by itself: a read past the end is seen.
      const std::vector<std::uint8_t> cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
      EXPECT_EQ(in_words(talk.mux.on_message(cut, 0)), "error malformed_message")
          << in_hex(whole) << " " << size;
    }
  }
}

TEST(MuxReceive, a_message_that_goes_on_after_its_end_is_malformed) {
  const Said messages[] = {confirmation(opening, 7),
                           window_adjust(ready, 5),
                           data(ready, "abc"),
                           extended_data(ready, 1, "abc"),
                           eof(ready),
                           close(ready),
                           channel_success(ready),
                           channel_failure(ready)};
  for (auto message : messages) {
    message.u8(0);
    EXPECT_EQ(in_every_phase().hears(message), "error malformed_message") << in_hex(message.bytes());
  }
}

TEST(MuxReceive, lengths_beyond_the_message_are_malformed) {
  for (const std::uint32_t length : {4U, 0x7fffffffU, 0x80000000U, 0xffffffffU}) {
    const Said messages[] = {Said(80).u32(length).u8('a').u8('b').u8('c'),
                             Said(90).u32(length).u8('a').u8('b').u8('c'),
                             Said(94).u32(ready).u32(length).u8('a').u8('b').u8('c'),
                             Said(98).u32(ready).u32(length).u8('a').u8('b').u8('c')};
    for (const auto& message : messages) {
      EXPECT_EQ(in_every_phase().hears(message), "error malformed_message") << in_hex(message.bytes());
    }
  }
}

// Whatever belongs to a channel, for the channel that it is given.
std::vector<Said> channel_messages(ChannelId id) {
  return {confirmation(id, 7),
          open_failure(id, 1, "no"),
          window_adjust(id, 5),
          data(id, "abc"),
          extended_data(id, 1, "abc"),
          eof(id),
          close(id),
          channel_request(id, "xon-xoff", true),
          exit_status(id, 1),
          channel_success(id),
          channel_failure(id)};
}

void expect_each(ChannelId id, const std::vector<std::string>& expected) {
  const auto messages = channel_messages(id);
  ASSERT_EQ(messages.size(), expected.size());
  for (std::size_t i = 0; i < messages.size(); ++i) {
    EXPECT_EQ(in_every_phase().hears(messages[i]), expected[i]) << in_hex(messages[i].bytes());
  }
}

const std::string violation = "error unexpected_message";
const std::string unknown = "error unknown_channel";

TEST(MuxReceive, a_channel_that_does_not_exist_is_a_violation) {
  for (const ChannelId id : {gone, never, ChannelId{0xffffffff}}) {
    expect_each(id, std::vector<std::string>(11, unknown));
  }
}

TEST(MuxReceive, a_channel_that_is_opening_hears_its_answer_only) {
  expect_each(opening, {"opened 0", "refused 0 prohibited no 1", violation, violation, violation, violation,
                        violation, violation, violation, violation, violation});
}

TEST(MuxReceive, an_abandoned_channel_hears_its_answer_only) {
  expect_each(abandoned, {"ignored", "ignored", violation, violation, violation, violation, violation,
                          violation, violation, violation, violation});
}

TEST(MuxReceive, an_offered_channel_hears_nothing) {
  expect_each(offered, std::vector<std::string>(11, violation));
}

TEST(MuxReceive, an_open_channel_hears_everything_but_another_answer) {
  expect_each(ready, {violation, violation, "window 1", "data 1 abc", "extended 1 1 abc", "eof 1", "closed 1",
                      "request 1 xon-xoff asked 0", "request 1 exit-status", "reply 1 yes", "reply 1 no"});
}

TEST(MuxReceive, a_channel_that_we_closed_is_told_nothing_but_its_end) {
  expect_each(ended, {violation, violation, "ignored", "ignored", "ignored", "ignored", "closed 4", "ignored",
                      "ignored", violation, violation});
}

TEST(MuxReceive, data_beyond_the_window_or_the_packet_is_a_violation) {
  const WindowLimits limits{.initial = 100, .max = 100, .packet_max = 60};
  Talk talk(limits);
  const auto id = talk.open_channel(7);
  EXPECT_EQ(talk.hears(data(id, std::string(60, 'x'))), "data 0 " + std::string(60, 'x'));
  EXPECT_EQ(talk.hears(data(id, std::string(41, 'x'))), "error window_exceeded");
  EXPECT_EQ(talk.hears(data(id, std::string(61, 'x'))), "error message_too_large");
  EXPECT_EQ(talk.hears(extended_data(id, 1, std::string(61, 'x'))), "error message_too_large");
}

TEST(MuxReceive, nothing_comes_after_eof) {
  for (const auto& late : {data(0, "x"), extended_data(0, 1, "x"), eof(0)}) {
    Talk talk;
    talk.open_channel(7);
    talk.hears(eof(0));
    EXPECT_EQ(talk.hears(late), violation);
  }
}

TEST(MuxReceive, a_window_may_not_exceed_four_gibibytes) {
  Talk talk;
  const auto id = talk.open_channel(7, 10);
  EXPECT_EQ(talk.hears(window_adjust(id, 0xfffffff5)), "window 0");
  EXPECT_EQ(talk.hears(window_adjust(id, 1)), "error window_overflow");
}

TEST(MuxReceive, unknown_messages_are_answered_with_unimplemented_and_their_number) {
  Talk talk;
  for (unsigned number = 80; number <= 255; ++number) {
    const bool known = (number <= 82) || (number >= 90 && number <= 100);
    if (known) continue;
    EXPECT_EQ(talk.hears(Said(number).text("?"), 0xfffffff0 + number % 16), "ignored") << number;
    EXPECT_THAT(talk.says(), ElementsAre("unimplemented " + std::to_string(0xfffffff0U + number % 16)))
        << number;
  }
}

TEST(MuxReceive, messages_of_the_layers_below_have_no_place_here) {
  for (const unsigned number : {0U, 1U, 2U, 4U, 5U, 6U, 7U, 20U, 21U, 30U, 50U, 52U, 79U}) {
    Talk talk;
    EXPECT_EQ(talk.hears(Said(number).text("?")), violation) << number;
    EXPECT_THAT(talk.says(), IsEmpty());
  }
}

}  // namespace
}  // namespace towline::ssh::connection
