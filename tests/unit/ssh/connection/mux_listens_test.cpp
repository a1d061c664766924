// Global requests and what comes of them: answers in order, and the channels of remote listeners.
#include "ssh/connection/mux.hpp"
#include "unit/ssh/connection/talk.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace towline::ssh::connection {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(MuxListens, answers_belong_to_requests_in_their_order) {
  Talk talk;
  const auto a = talk.mux.listen({{"", 80}, {}});
  talk.mux.keepalive();
  talk.mux.listen({{"", 0}, {}});
  talk.mux.keepalive();
  talk.mux.listen({{}, "/run/x"});
  EXPECT_EQ(talk.hears(request_success()), "listen 0 yes 80");
  EXPECT_EQ(talk.hears(request_failure()), "alive");
  talk.mux.cancel(a);
  EXPECT_EQ(talk.hears(request_success(43210)), "listen 1 yes 43210");
  EXPECT_EQ(talk.hears(request_success()), "alive");
  EXPECT_EQ(talk.hears(request_failure()), "listen 2 no");
  EXPECT_EQ(talk.hears(request_success()), "cancelled 0 yes");
  EXPECT_EQ(talk.hears(request_success()), "error unexpected_message");
}

TEST(MuxListens, an_answer_nobody_asked_for_is_a_violation) {
  EXPECT_EQ(Talk().hears(request_success()), "error unexpected_message");
  EXPECT_EQ(Talk().hears(request_failure()), "error unexpected_message");
}

TEST(MuxListens, a_port_of_the_servers_choice_must_be_one) {
  for (const auto& answer :
       {request_success(), request_success(0), request_success(65536), Said(81).u8(1).u8(2)}) {
    Talk talk;
    talk.mux.listen({{"", 0}, {}});
    EXPECT_EQ(talk.hears(answer), "error malformed_message") << in_hex(answer.bytes());
  }
  Talk talk;
  talk.mux.listen({{"", 0}, {}});
  EXPECT_EQ(talk.hears(request_success(65535)), "listen 0 yes 65535");
}

TEST(MuxListens, a_server_that_names_the_port_we_asked_for_is_understood) {
  Talk talk;
  talk.mux.listen({{"", 80}, {}});
  EXPECT_EQ(talk.hears(request_success(80)), "listen 0 yes 80");
}

TEST(MuxListens, unimplemented_is_a_refusal_of_the_oldest_request) {
  Talk talk;
  talk.mux.keepalive();
  talk.mux.listen({{"", 80}, {}});
  EXPECT_EQ(talk.hears(Said(3).u32(17)), "alive");
  EXPECT_EQ(talk.hears(Said(3).u32(18)), "listen 0 no");
  EXPECT_EQ(talk.hears(Said(3).u32(19)), "ignored");
  EXPECT_THAT(talk.says(), ElementsAre(testing::_, testing::_)) << "no answer to an answer";
}

TEST(MuxListens, a_cancelled_listen_gives_back_the_port_that_the_server_chose) {
  Talk talk;
  const auto id = talk.listening({{"localhost", 0}, {}}, 43210);
  talk.mux.cancel(id);
  EXPECT_THAT(talk.says(), ElementsAre("global cancel-tcpip-forward wants-reply localhost 43210"));
  EXPECT_EQ(talk.hears(request_failure()), "cancelled 0 no");
}

TEST(MuxListens, a_listen_is_cancelled_once) {
  Talk talk;
  const auto id = talk.listening({{"", 80}, {}});
  talk.mux.cancel(id);
  talk.mux.cancel(id);
  EXPECT_EQ(talk.says().size(), 1U);
}

// Before the answer the port may not be known; a cancel for port 0 would leave the server listening.
TEST(MuxListens, a_listen_cancelled_before_its_answer_is_given_back_after_it) {
  Talk talk;
  const auto id = talk.mux.listen({{"", 0}, {}});
  talk.says();
  talk.mux.cancel(id);
  EXPECT_THAT(talk.says(), IsEmpty());
  EXPECT_EQ(talk.hears(request_success(43210)), "listen 0 yes 43210");
  EXPECT_THAT(talk.says(), ElementsAre("global cancel-tcpip-forward wants-reply  43210"));
  talk.hears(forwarded_tcpip(9, "", 43210));
  EXPECT_THAT(talk.says(), ElementsAre("refuse 9 1 nothing was asked to listen there "));
  EXPECT_EQ(talk.hears(request_success()), "cancelled 0 yes");
}

TEST(MuxListens, a_listen_cancelled_before_its_refusal_needs_no_more_words) {
  Talk talk;
  const auto id = talk.mux.listen({{"", 80}, {}});
  talk.mux.cancel(id);
  talk.says();
  EXPECT_EQ(talk.hears(request_failure()), "listen 0 no");
  EXPECT_THAT(talk.says(), IsEmpty());
  EXPECT_EQ(talk.hears(request_success()), "error unexpected_message");
}

TEST(MuxListens, a_channel_belongs_to_the_listen_of_its_address_and_port) {
  Talk talk;
  talk.listening({{"", 80}, {}});
  talk.listening({{"127.0.0.1", 80}, {}});
  talk.listening({{"", 0}, {}}, 43210);
  EXPECT_EQ(talk.hears(forwarded_tcpip(9, "127.0.0.1", 80)), "incoming 0 listen 1 from 192.0.2.7 50001");
  EXPECT_EQ(talk.hears(forwarded_tcpip(9, "0.0.0.0", 80)), "incoming 1 listen 0 from 192.0.2.7 50001");
  EXPECT_EQ(talk.hears(forwarded_tcpip(9, "", 43210)), "incoming 2 listen 2 from 192.0.2.7 50001");
  EXPECT_THAT(talk.says(), IsEmpty());
}

TEST(MuxListens, a_channel_for_nothing_that_listens_is_prohibited_and_told) {
  Talk talk;
  talk.mux.listen({{"", 81}, {}});
  talk.says();
  const std::pair<Said, const char*> opens[] = {{forwarded_tcpip(9, "", 80), ":80"},
                                                {forwarded_tcpip(9, "::1", 81), "[::1]:81"},
                                                {forwarded_tcpip(9, "/run/x", 70000), "/run/x:70000"},
                                                {forwarded_streamlocal(9, "/run/y"), "/run/y"},
                                                {forwarded_streamlocal(9, ""), ""}};
  for (const auto& [open, named] : opens) {
    EXPECT_EQ(talk.hears(open), "unmatched unasked " + std::string(named) + " of ");
    EXPECT_THAT(talk.says(), ElementsAre("refuse 9 1 nothing was asked to listen there "));
  }
  EXPECT_EQ(talk.mux.channels(), 0U);
}

TEST(MuxListens, a_channel_under_another_name_is_for_the_only_listen_there_is) {
  Talk talk;
  talk.listening({{"127.0.0.1", 0}, {}}, 43210);
  EXPECT_EQ(talk.hears(forwarded_tcpip(9, "127.0.0.1", 0)),
            "incoming 0 listen 0 from 192.0.2.7 50001, unmatched only_one 127.0.0.1:0 of 127.0.0.1:43210");
  EXPECT_THAT(talk.says(), IsEmpty());
  talk.listening({{"127.0.0.1", 0}, {}}, 43211);
  EXPECT_EQ(talk.hears(forwarded_tcpip(9, "127.0.0.1", 0)),
            "unmatched ambiguous 127.0.0.1:0 of 127.0.0.1:43210, 127.0.0.1:43211");
  EXPECT_THAT(talk.says(), ElementsAre("refuse 9 1 several listeners can be meant "));
  talk.listening({{}, "/run/x"});
  EXPECT_EQ(talk.hears(forwarded_streamlocal(9, "/srv/run/x")),
            "incoming 1 listen 2 from  0, unmatched only_one /srv/run/x of 127.0.0.1:43210, 127.0.0.1:43211, "
            "/run/x");
}

TEST(MuxListens, what_a_server_names_is_kept_within_bounds) {
  Talk talk;
  const auto event = talk.mux.on_message(forwarded_streamlocal(9, std::string(100'000, 'x')).bytes(), 0);
  ASSERT_TRUE(event);
  EXPECT_LE(std::get<UnmatchedChannel>(*event).named.size(), 256U);
}

TEST(MuxListens, after_a_cancel_its_channels_are_refused_at_once) {
  Talk talk;
  const auto id = talk.listening({{"", 80}, {}});
  talk.mux.cancel(id);
  talk.says();
  EXPECT_EQ(talk.hears(forwarded_tcpip(9, "", 80)), "unmatched cancelled :80 of ");
  EXPECT_THAT(talk.says(), ElementsAre("refuse 9 1 nothing was asked to listen there "));
  EXPECT_EQ(talk.hears(request_success()), "cancelled 0 yes");
  EXPECT_EQ(talk.hears(forwarded_tcpip(9, "", 80)), "unmatched unasked :80 of ");
}

TEST(MuxListens, a_unix_listener_knows_no_originator) {
  Talk talk;
  talk.listening({{}, "/run/x"});
  EXPECT_EQ(talk.hears(forwarded_streamlocal(9, "/run/x")), "incoming 0 listen 0 from  0");
  talk.mux.accept(0);
  EXPECT_THAT(talk.says(), ElementsAre("confirm 9 0 2097152 32768"));
}

TEST(MuxListens, an_impossible_originator_costs_nobody_the_session) {
  Talk talk;
  talk.listening({{"", 80}, {}});
  const auto open = channel_open("forwarded-tcpip", 9).text("").u32(80).text("nowhere").u32(0xffffffff);
  EXPECT_EQ(talk.hears(open), "incoming 0 listen 0 from nowhere 0");
}

TEST(MuxListens, other_channels_are_of_an_unknown_type) {
  const Said opens[] = {
      channel_open("session", 9), channel_open("x11", 9).text("192.0.2.7").u32(6000),
      channel_open("auth-agent@openssh.com", 9),
      channel_open("direct-tcpip", 9).text("localhost").u32(22).text("192.0.2.7").u32(50001),
      channel_open("", 9)};
  for (const auto& open : opens) {
    Talk talk;
    EXPECT_EQ(talk.hears(open), "unmatched unknown_type  of ");
    EXPECT_THAT(talk.says(), ElementsAre("refuse 9 3 this client takes forwarded connections only "));
    EXPECT_EQ(talk.mux.channels(), 0U);
  }
}

TEST(MuxListens, global_requests_of_the_server_are_refused_where_it_wants_to_know) {
  Talk talk;
  EXPECT_EQ(talk.hears(global_request("hostkeys-00@openssh.com", false).text("blob")), "ignored");
  EXPECT_THAT(talk.says(), IsEmpty());
  for (const auto* name : {"keepalive@openssh.com", "keepalive@dropbear", "tcpip-forward", ""}) {
    EXPECT_EQ(talk.hears(global_request(name, true)), "ignored");
    EXPECT_THAT(talk.says(), ElementsAre("no")) << name;
  }
}

}  // namespace
}  // namespace towline::ssh::connection
