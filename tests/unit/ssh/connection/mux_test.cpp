// What we say, byte by byte.
#include "ssh/connection/mux.hpp"

#include "unit/ssh/connection/talk.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace towline::ssh::connection {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// "direct-tcpip" as "12 64697265…": a length and a text in hex.
std::string text(std::string_view value) { return in_hex(Said(0).text(value).bytes().subspan(1)); }

std::string only_message(Mux& mux) {
  auto hex = in_hex(mux.outbox().front());
  mux.outbox().pop();
  return mux.outbox().empty() ? hex : "more than one";
}

// Window 2 MiB and packets of 32 KiB.
constexpr auto ours = "0020000000008000";

TEST(Mux, opens_a_connection_to_a_tcp_target) {
  Talk talk;
  EXPECT_EQ(talk.mux.open(DirectTcpip{{"db", 5432}, {"10.0.0.9", 40000}}), 0U);
  EXPECT_EQ(only_message(talk.mux), "5a" + text("direct-tcpip") + "00000000" + ours +
                                        "000000026462"
                                        "00001538" +
                                        text("10.0.0.9") + "00009c40");
}

TEST(Mux, opens_a_connection_to_a_unix_socket) {
  Talk talk;
  talk.mux.open(DirectStreamlocal{"/run/x"});
  EXPECT_EQ(only_message(talk.mux), "5a" + text("direct-streamlocal@openssh.com") + "00000000" + ours +
                                        text("/run/x") +
                                        "00000000"
                                        "00000000");
}

TEST(Mux, opens_a_session_channel) {
  Talk talk;
  talk.mux.open(SessionChannel{});
  EXPECT_EQ(only_message(talk.mux), "5a" + text("session") + "00000000" + ours);
}

TEST(Mux, opens_what_a_server_listens_for) {
  Talk talk;
  talk.mux.open(ForwardedTcpip{{"", 80}, {"192.0.2.7", 50001}});
  EXPECT_EQ(only_message(talk.mux), "5a" + text("forwarded-tcpip") + "00000000" + ours + text("") +
                                        "00000050" + text("192.0.2.7") + "0000c351");
  talk.mux.open(ForwardedStreamlocal{"/run/x"});
  EXPECT_EQ(only_message(talk.mux),
            "5a" + text("forwarded-streamlocal@openssh.com") + "00000001" + ours + text("/run/x") + text(""));
}

TEST(Mux, opens_what_somebody_else_asked_for_as_it_was_asked) {
  Talk talk;
  talk.mux.open(OpaqueChannel{"x11", {0, 1, 2}});
  EXPECT_EQ(only_message(talk.mux), "5a" + text("x11") + "00000000" + ours + "000102");
}

TEST(Mux, a_global_request_is_its_name_and_what_belongs_to_it) {
  Talk talk;
  const std::uint8_t payload[] = {7, 8};
  EXPECT_EQ(talk.mux.global_request("keepalive@openssh.com", true), 0U);
  EXPECT_EQ(only_message(talk.mux), "50" + text("keepalive@openssh.com") + "01");
  talk.mux.global_request("hostkeys-00@openssh.com", false, payload);
  EXPECT_EQ(only_message(talk.mux), "50" + text("hostkeys-00@openssh.com") + "000708");
}

TEST(Mux, channel_messages_carry_the_peers_number) {
  Talk talk;
  const auto id = talk.open_channel(0xa1b2c3d4);
  const std::uint8_t command[] = {0, 0, 0, 1, 'w'};
  talk.mux.request(id, "exec", true, command);
  EXPECT_EQ(only_message(talk.mux), "62a1b2c3d4" + text("exec") +
                                        "01"
                                        "00000001"
                                        "77");
  talk.mux.send_eof(id);
  EXPECT_EQ(only_message(talk.mux), "60a1b2c3d4");
  talk.mux.close(id);
  EXPECT_EQ(only_message(talk.mux), "61a1b2c3d4");
}

TEST(Mux, data_header_is_number_channel_and_length) {
  Talk talk;
  const auto id = talk.open_channel(0xa1b2c3d4);
  const auto header = talk.mux.data_header(id, 0x1234);
  EXPECT_EQ(in_hex(header), "5ea1b2c3d400001234");
  EXPECT_THAT(talk.says(), IsEmpty());
}

TEST(Mux, extended_data_header_is_number_channel_type_and_length) {
  Talk talk;
  const auto id = talk.open_channel(0xa1b2c3d4, 0x1235);
  EXPECT_EQ(in_hex(talk.mux.extended_data_header(id, stderr_type, 0x1234)), "5fa1b2c3d40000000100001234");
  EXPECT_EQ(talk.mux.sendable(id), 1U) << "both streams share the window";
}

TEST(Mux, accepts_with_its_own_number_and_window) {
  Talk talk;
  EXPECT_EQ(talk.hears(forwarded_tcpip(9, "", 80)), "offered 0 forwarded-tcpip");
  talk.mux.accept(0);
  EXPECT_EQ(only_message(talk.mux), std::string("5b"
                                                "00000009"
                                                "00000000") +
                                        ours);
}

TEST(Mux, refuses_with_the_reason_code_and_its_words) {
  struct Row {
    errc reason;
    const char* code;
  };
  const Row rows[] = {{errc::open_administratively_prohibited, "00000001"},
                      {errc::open_connect_failed, "00000002"},
                      {errc::open_unknown_channel_type, "00000003"},
                      {errc::open_resource_shortage, "00000004"},
                      {errc::open_timeout, "00000002"}};
  Talk talk;
  for (const auto& row : rows) {
    talk.hears(forwarded_tcpip(9, "", 80));
    talk.mux.refuse(0, row.reason, "no");
    EXPECT_EQ(only_message(talk.mux), std::string("5c"
                                                  "00000009") +
                                          row.code + text("no") + "00000000");
    EXPECT_EQ(talk.mux.channels(), 0U);
  }
  talk.hears(forwarded_tcpip(9, "", 80));
  talk.mux.refuse(0, std::uint32_t{77}, "as another said");
  EXPECT_THAT(talk.says(), ElementsAre("refuse 9 77 as another said "));
}

TEST(Mux, sends_no_more_than_the_window_and_one_packet) {
  Talk talk;
  const auto id = talk.open_channel(7, 100, 60);
  EXPECT_EQ(talk.mux.sendable(id), 60U);
  talk.mux.data_header(id, 60);
  EXPECT_EQ(talk.mux.sendable(id), 40U);
  talk.mux.data_header(id, 40);
  EXPECT_EQ(talk.mux.sendable(id), 0U);
  EXPECT_EQ(talk.hears(window_adjust(id, 1000)), "window 0");
  EXPECT_EQ(talk.mux.sendable(id), 60U);
}

TEST(Mux, sends_nothing_on_a_channel_that_is_not_open_or_has_been_ended) {
  Talk talk;
  const auto opening = talk.mux.open(to_web);
  talk.hears(forwarded_tcpip(9, "", 80));
  const ChannelId offered = 1;
  const auto half = talk.open_channel(2);
  talk.mux.send_eof(half);
  const auto ended = talk.open_channel(3);
  talk.mux.close(ended);
  for (const ChannelId id : {opening, offered, half, ended, ChannelId{99}})
    EXPECT_EQ(talk.mux.sendable(id), 0U) << id;
}

TEST(Mux, announces_window_when_half_of_it_is_read) {
  Talk talk({.initial = 100, .max = 100, .packet_max = 50});
  const auto id = talk.open_channel(7);
  EXPECT_EQ(talk.hears(data(id, std::string(49, 'x'))), "data 0 " + std::string(49, 'x'));
  talk.mux.consumed(id, 49);
  EXPECT_THAT(talk.says(), IsEmpty());
  talk.hears(data(id, "x"));
  talk.mux.consumed(id, 1);
  EXPECT_THAT(talk.says(), ElementsAre("adjust 7 50"));
  EXPECT_EQ(talk.mux.receive_window_size(id), 100U);
}

TEST(Mux, announces_no_window_to_a_server_that_has_ended_or_was_told_goodbye) {
  Talk talk({.initial = 100, .max = 100, .packet_max = 100});
  const auto ended = talk.open_channel(7);
  talk.hears(data(ended, std::string(100, 'x')));
  talk.hears(eof(ended));
  talk.mux.consumed(ended, 100);
  const auto left = talk.open_channel(8);
  talk.hears(data(left, std::string(100, 'x')));
  talk.mux.close(left);
  talk.says();
  talk.mux.consumed(left, 100);
  EXPECT_THAT(talk.says(), IsEmpty());
}

TEST(Mux, calls_for_channels_that_are_gone_are_ignored) {
  Talk talk;
  const auto id = talk.open_channel(7);
  talk.hears(close(id));
  talk.says();
  for (const ChannelId gone : {id, ChannelId{5}}) {
    talk.mux.abandon(gone);
    talk.mux.accept(gone);
    talk.mux.refuse(gone, errc::open_connect_failed, "");
    talk.mux.consumed(gone, 10);
    talk.mux.send_eof(gone);
    talk.mux.close(gone);
    talk.mux.request(gone, "exec", true, {});
    talk.mux.answer(gone, RequestId{0}, true);
  }
  talk.mux.answer(RequestId{3}, Answer{true});
  EXPECT_THAT(talk.says(), IsEmpty());
  EXPECT_EQ(talk.mux.channels(), 0U);
}

TEST(Mux, calls_in_the_wrong_phase_say_nothing) {
  Talk talk;
  const auto opening = talk.mux.open(to_web);
  talk.hears(forwarded_tcpip(9, "", 80));
  talk.says();
  for (const ChannelId id : {opening, ChannelId{1}}) {
    talk.mux.send_eof(id);
    talk.mux.close(id);
    talk.mux.request(id, "exec", true, {});
  }
  talk.mux.accept(opening);
  talk.mux.refuse(opening, errc::open_connect_failed, "");
  talk.mux.abandon(1);
  EXPECT_THAT(talk.says(), IsEmpty());
  EXPECT_EQ(talk.mux.channels(), 2U);
}

}  // namespace
}  // namespace towline::ssh::connection
