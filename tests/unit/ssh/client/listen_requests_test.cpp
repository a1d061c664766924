#include "ssh/client/listen_requests.hpp"

#include "unit/ssh/client/listen_talk.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace towline::ssh {
namespace {

using namespace connection;
using testing::ElementsAre;
using testing::IsEmpty;

std::string hex_of(std::string_view value) { return in_hex(Said(0).text(value).bytes().subspan(1)); }

TEST(ListenRequests, asks_to_listen_on_a_port_and_to_stop) {
  ListenTalk talk;
  const auto id = talk.requests.listen({{"", 8080}, {}});
  EXPECT_EQ(talk.says_in_hex(), "50" + hex_of("tcpip-forward") +
                                    "01"
                                    "00000000"
                                    "00001f90");
  talk.hears(request_success());
  talk.requests.cancel(id);
  EXPECT_EQ(talk.says_in_hex(), "50" + hex_of("cancel-tcpip-forward") +
                                    "01"
                                    "00000000"
                                    "00001f90");
}

TEST(ListenRequests, asks_to_listen_on_a_path_and_to_stop) {
  ListenTalk talk;
  const auto id = talk.requests.listen({{}, "/run/x"});
  EXPECT_EQ(talk.says_in_hex(), "50" + hex_of("streamlocal-forward@openssh.com") + "01" + hex_of("/run/x"));
  talk.hears(request_success());
  talk.requests.cancel(id);
  EXPECT_EQ(talk.says_in_hex(),
            "50" + hex_of("cancel-streamlocal-forward@openssh.com") + "01" + hex_of("/run/x"));
}

TEST(ListenRequests, answers_belong_to_requests_in_their_order) {
  ListenTalk talk;
  const auto a = talk.requests.listen({{"", 80}, {}});
  talk.mux.global_request("keepalive@openssh.com", true);
  talk.requests.listen({{"", 0}, {}});
  talk.mux.global_request("keepalive@openssh.com", true);
  talk.requests.listen({{}, "/run/x"});
  EXPECT_EQ(talk.hears(request_success()), "listen 0 yes 80");
  EXPECT_EQ(talk.hears(request_failure()), "another's");
  talk.requests.cancel(a);
  EXPECT_EQ(talk.hears(request_success(43210)), "listen 1 yes 43210");
  EXPECT_EQ(talk.hears(request_success()), "another's");
  EXPECT_EQ(talk.hears(request_failure()), "listen 2 no");
  EXPECT_EQ(talk.hears(request_success()), "cancelled 0 yes");
  EXPECT_EQ(talk.hears(request_success()), "error unexpected_message");
}

TEST(ListenRequests, a_port_of_the_servers_choice_must_be_one) {
  for (const auto& answer :
       {request_success(), request_success(0), request_success(65536), Said(81).u8(1).u8(2)}) {
    ListenTalk talk;
    talk.requests.listen({{"", 0}, {}});
    EXPECT_EQ(talk.hears(answer), "error malformed_message") << in_hex(answer.bytes());
  }
  ListenTalk talk;
  talk.requests.listen({{"", 0}, {}});
  EXPECT_EQ(talk.hears(request_success(65535)), "listen 0 yes 65535");
}

TEST(ListenRequests, a_server_that_names_the_port_we_asked_for_is_understood) {
  ListenTalk talk;
  talk.requests.listen({{"", 80}, {}});
  EXPECT_EQ(talk.hears(request_success(80)), "listen 0 yes 80");
}

TEST(ListenRequests, a_cancelled_listen_gives_back_the_port_that_the_server_chose) {
  ListenTalk talk;
  const auto id = talk.listening({{"localhost", 0}, {}}, 43210);
  talk.requests.cancel(id);
  EXPECT_THAT(talk.says(), ElementsAre("global cancel-tcpip-forward wants-reply localhost 43210"));
  EXPECT_EQ(talk.hears(request_failure()), "cancelled 0 no");
}

TEST(ListenRequests, a_listen_is_cancelled_once) {
  ListenTalk talk;
  const auto id = talk.listening({{"", 80}, {}});
  talk.requests.cancel(id);
  talk.requests.cancel(id);
  EXPECT_EQ(talk.says().size(), 1U);
}

// Before the answer the port may not be known; a cancel for port 0 would leave the server listening.
TEST(ListenRequests, a_listen_cancelled_before_its_answer_is_given_back_after_it) {
  ListenTalk talk;
  const auto id = talk.requests.listen({{"", 0}, {}});
  talk.says();
  talk.requests.cancel(id);
  EXPECT_THAT(talk.says(), IsEmpty());
  EXPECT_EQ(talk.hears(request_success(43210)), "listen 0 yes 43210");
  EXPECT_THAT(talk.says(), ElementsAre("global cancel-tcpip-forward wants-reply  43210"));
  talk.hears(forwarded_tcpip(9, "", 43210));
  EXPECT_THAT(talk.says(), ElementsAre("refuse 9 1 nothing was asked to listen there "));
  EXPECT_EQ(talk.hears(request_success()), "cancelled 0 yes");
}

TEST(ListenRequests, a_listen_cancelled_before_its_refusal_needs_no_more_words) {
  ListenTalk talk;
  const auto id = talk.requests.listen({{"", 80}, {}});
  talk.requests.cancel(id);
  talk.says();
  EXPECT_EQ(talk.hears(request_failure()), "listen 0 no");
  EXPECT_THAT(talk.says(), IsEmpty());
  EXPECT_EQ(talk.hears(request_success()), "error unexpected_message");
}

TEST(ListenRequests, a_channel_belongs_to_the_listen_of_its_address_and_port) {
  ListenTalk talk;
  talk.listening({{"", 80}, {}});
  talk.listening({{"127.0.0.1", 80}, {}});
  talk.listening({{"", 0}, {}}, 43210);
  EXPECT_EQ(talk.hears(forwarded_tcpip(9, "127.0.0.1", 80)), "incoming 0 listen 1 from 192.0.2.7 50001");
  EXPECT_EQ(talk.hears(forwarded_tcpip(9, "0.0.0.0", 80)), "incoming 1 listen 0 from 192.0.2.7 50001");
  EXPECT_EQ(talk.hears(forwarded_tcpip(9, "", 43210)), "incoming 2 listen 2 from 192.0.2.7 50001");
  EXPECT_THAT(talk.says(), IsEmpty());
}

TEST(ListenRequests, a_channel_for_nothing_that_listens_is_prohibited_and_told) {
  ListenTalk talk;
  talk.requests.listen({{"", 81}, {}});
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

TEST(ListenRequests, a_channel_under_another_name_is_for_the_only_listen_there_is) {
  ListenTalk talk;
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

TEST(ListenRequests, what_a_server_names_is_kept_within_bounds) {
  ListenTalk talk;
  const auto open = forwarded_streamlocal(9, std::string(100'000, 'x'));
  EXPECT_LE(talk.hears(open).size(), 400U);
}

TEST(ListenRequests, what_the_server_opens_before_it_answers_a_cancel_is_offered_still) {
  ListenTalk talk;
  const auto id = talk.listening({{"", 80}, {}});
  talk.requests.cancel(id);
  talk.says();
  EXPECT_EQ(talk.hears(forwarded_tcpip(9, "", 80)), "incoming 0 listen 0 from 192.0.2.7 50001");
  EXPECT_THAT(talk.says(), IsEmpty());
  EXPECT_EQ(talk.hears(request_success()), "cancelled 0 yes");
  EXPECT_EQ(talk.hears(forwarded_tcpip(10, "", 80)), "unmatched cancelled :80 of ");
  EXPECT_THAT(talk.says(), ElementsAre("refuse 10 1 nothing was asked to listen there "));
}

TEST(ListenRequests, what_the_server_opens_for_an_abandoned_listen_is_refused_and_told) {
  ListenTalk talk;
  const auto id = talk.listening({{}, "/run/x"});
  talk.requests.abandon(id);
  EXPECT_THAT(talk.says(), ElementsAre("global cancel-streamlocal-forward@openssh.com wants-reply /run/x"));
  EXPECT_EQ(talk.hears(forwarded_streamlocal(9, "/run/x")), "unmatched cancelled /run/x of ");
  talk.requests.abandon(id);
  EXPECT_THAT(talk.says(), ElementsAre("refuse 9 1 nothing was asked to listen there "));
  EXPECT_EQ(talk.hears(request_success()), "cancelled 0 yes");
}

TEST(ListenRequests, a_cancel_that_is_not_waited_for_any_more_is_said_once) {
  ListenTalk talk;
  const auto id = talk.listening({{"", 80}, {}});
  talk.requests.cancel(id);
  talk.requests.abandon(id);
  EXPECT_THAT(talk.says(), ElementsAre("global cancel-tcpip-forward wants-reply  80"));
  EXPECT_EQ(talk.hears(forwarded_tcpip(9, "", 80)), "unmatched cancelled :80 of ");
}

TEST(ListenRequests, a_unix_listener_knows_no_originator) {
  ListenTalk talk;
  talk.listening({{}, "/run/x"});
  EXPECT_EQ(talk.hears(forwarded_streamlocal(9, "/run/x")), "incoming 0 listen 0 from  0");
  talk.mux.accept(0);
  EXPECT_THAT(talk.says(), ElementsAre("confirm 9 0 2097152 32768"));
}

TEST(ListenRequests, an_impossible_originator_costs_nobody_the_session) {
  ListenTalk talk;
  talk.listening({{"", 80}, {}});
  const auto open = channel_open("forwarded-tcpip", 9).text("").u32(80).text("nowhere").u32(0xffffffff);
  EXPECT_EQ(talk.hears(open), "incoming 0 listen 0 from nowhere 0");
}

TEST(ListenRequests, other_channels_are_of_an_unknown_type) {
  const Said opens[] = {
      channel_open("session", 9), channel_open("x11", 9).text("192.0.2.7").u32(6000),
      channel_open("auth-agent@openssh.com", 9),
      channel_open("direct-tcpip", 9).text("localhost").u32(22).text("192.0.2.7").u32(50001),
      channel_open("", 9)};
  for (const auto& open : opens) {
    ListenTalk talk;
    EXPECT_EQ(talk.hears(open), "unmatched unknown_type  of ");
    EXPECT_THAT(talk.says(), ElementsAre("refuse 9 3 this client takes forwarded connections only "));
    EXPECT_EQ(talk.mux.channels(), 0U);
  }
}

TEST(ListenRequests, a_channel_beyond_the_limit_is_told_with_its_listener) {
  ListenTalk talk(0);
  talk.listening({{"", 80}, {}});
  EXPECT_EQ(talk.hears(forwarded_tcpip(10, "", 80)), "unmatched limit :80 of :80");
  EXPECT_EQ(talk.hears(forwarded_tcpip(10, "", 80).u8(0)), "unmatched limit  of :80")
      << "whatever else it says";
  EXPECT_EQ(talk.hears(channel_open("x11", 10)), "unmatched limit  of :80");
}

TEST(ListenRequests, a_message_cut_off_or_going_on_is_malformed) {
  for (const auto& open : {forwarded_tcpip(9, "", 80), forwarded_streamlocal(9, "/run/x")}) {
    const auto whole = open.bytes();
    for (std::size_t size = 0; size <= whole.size() + 1; ++size) {
      ListenTalk talk;
      std::vector<std::uint8_t> cut(whole.begin(), whole.end());
      cut.resize(size);
      const bool is_whole = size == whole.size();
      EXPECT_EQ(talk.hears(Bytes(cut)).starts_with("unmatched"), is_whole) << in_hex(cut);
    }
  }
}

}  // namespace
}  // namespace towline::ssh
