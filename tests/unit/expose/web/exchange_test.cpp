#include "unit/expose/web/web_talk.hpp"

#include <gmock/gmock.h>

namespace towline::expose::web {

namespace {

using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr std::string_view head_of_get = "GET / HTTP/1.1\r\nHost: web.test\r\n\r\n";
constexpr std::string_view head_of_post = "POST / HTTP/1.1\r\nHost: web.test\r\nContent-Length: 6\r\n\r\n";
constexpr std::string_view short_answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

std::string many(std::size_t n) {
  std::string text;
  text.reserve(n);
  for (std::size_t i = 0; i < n; ++i) text += static_cast<char>('a' + (i * 7 + i / 1000) % 26);
  return text;
}

class Exchanges : public WebTalk {};

TEST_F(Exchanges, a_body_with_a_length_is_passed_on_and_what_follows_is_the_next_request) {
  auto& visitor = guest(std::string(head_of_post) + "abcdefGET /next HTTP/1.1\r\nHost: web.test\r\n\r\n");
  auto& server = hears("abcdef");
  EXPECT_THAT(server.heard, EndsWith("Content-Length: 6\r\n\r\nabcdef"));
  say(server, short_answer);
  say(hears("GET /next"), short_answer);
  until_reported(2);
  EXPECT_THAT(observer_.requests, ElementsAre("200", "200"));
  EXPECT_EQ(observer_.bytes_received, 6U);
  EXPECT_FALSE(visitor.heard_end());
}

TEST_F(Exchanges, chunks_are_passed_on_with_their_trailers_both_ways) {
  auto& visitor = guest(
      "POST / HTTP/1.1\r\nHost: web.test\r\nTransfer-Encoding: chunked\r\nTE: trailers\r\n\r\n"
      "3;x=y\r\nabc\r\n03\r\ndef\r\n0\r\nX-Sum: 1\r\nContent-Length: 9\r\n\r\n");
  auto& server = hears("0\r\nX-Sum");
  EXPECT_THAT(server.heard, EndsWith("TE: trailers\r\n\r\n3\r\nabc\r\n3\r\ndef\r\n0\r\nX-Sum: 1\r\n\r\n"));
  say(server, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX-End: 2\r\n\r\n");
  until_heard(visitor, "X-End");
  EXPECT_EQ(visitor.heard,
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX-End: 2\r\n\r\n");
  until_reported(1);
  EXPECT_EQ(offer_->idle().size(), 1U);
}

TEST_F(Exchanges, events_are_passed_on_at_once) {
  auto& visitor = guest(head_of_get);
  auto& server = hears("\r\n\r\n");
  say(server, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n");
  until_heard(visitor, "\r\n\r\n");
  say(server, "9\r\ndata: 1\n\n\r\n");
  until_heard(visitor, "data: 1\n\n");
  say(server, "9\r\ndata: 2\n\n\r\n");
  until_heard(visitor, "data: 2\n\n");
}

TEST_F(Exchanges, an_answer_that_ends_with_its_connection_becomes_chunks) {
  auto& visitor = guest(head_of_get);
  auto& server = hears("\r\n\r\n");
  say(server, "HTTP/1.0 200 OK\r\n\r\nall of it");
  server.channel.send_eof();
  until_heard(visitor, "0\r\n\r\n");
  EXPECT_EQ(visitor.heard,
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nall of it\r\n0\r\n\r\n");
  until_reported(1);
  EXPECT_EQ(offer_->idle().size(), 0U);
  EXPECT_FALSE(visitor.heard_end());
}

TEST_F(Exchanges, http_1_0_gets_no_chunks_and_no_interim_answers) {
  auto& visitor = guest("GET / HTTP/1.0\r\nHost: web.test\r\n\r\n");
  say(hears("\r\n\r\n"),
      "HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
      "3\r\nabc\r\n0\r\n\r\n");
  until_end(visitor);
  EXPECT_EQ(visitor.heard, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nabc");
}

TEST_F(Exchanges, what_the_client_says_of_continuing_is_passed_on) {
  auto& visitor =
      guest("POST / HTTP/1.1\r\nHost: web.test\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
  auto& server = hears("\r\n\r\n");
  EXPECT_THAT(server.heard, HasSubstr("Expect: 100-continue\r\n"));
  say(server, "HTTP/1.1 100 Continue\r\n\r\n");
  until_heard(visitor, "HTTP/1.1 100 Continue\r\n\r\n");
  visitor.say("abc");
  hears("abc");
  say(server, short_answer);
  until_heard(visitor, "\r\n\r\nok");
  EXPECT_THAT(visitor.heard, Not(HasSubstr("Connection: close")));
}

TEST_F(Exchanges, a_refusal_while_the_body_still_comes_reaches_the_visitor) {
  auto& visitor = guest("POST / HTTP/1.1\r\nHost: web.test\r\nContent-Length: 1000000\r\n\r\nabc");
  auto& server = hears("abc");
  say(server, "HTTP/1.1 413 Content Too Large\r\nContent-Length: 3\r\n\r\nbig");
  until_heard(visitor, "\r\n\r\nbig");
  EXPECT_THAT(visitor.heard, HasSubstr("Connection: close\r\n"));
  until_reported(1);
  EXPECT_EQ(offer_->idle().size(), 0U);
  visitor.socket.shutdown(asio::socket_base::shutdown_send);
  until_end(visitor);
}

TEST_F(Exchanges, an_upgrade_is_a_pipe_with_what_was_said_ahead) {
  auto& visitor = guest(
      "GET /ws HTTP/1.1\r\nHost: web.test\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n"
      "Sec-WebSocket-Key: k\r\n\r\nahead");
  auto& server = hears("\r\n\r\n");
  EXPECT_THAT(server.heard, EndsWith("Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n"));
  say(server, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nfirst");
  hears("ahead");
  until_heard(visitor, "first");
  EXPECT_THAT(visitor.heard, EndsWith("Connection: Upgrade\r\nUpgrade: websocket\r\n\r\nfirst"));
  visitor.say("frame");
  hears("aheadframe");
  say(server, "back");
  until_heard(visitor, "firstback");
  visitor.socket.shutdown(asio::socket_base::shutdown_send);
  turn_until([&] { return server.ended; });
  say(server, "last");
  server.channel.close();
  until_end(visitor);
  EXPECT_THAT(visitor.heard, EndsWith("firstbacklast"));
  EXPECT_EQ(*visitor.end, asio::error::eof);
}

TEST_F(Exchanges, an_upgrade_that_is_not_taken_goes_on_as_http) {
  auto& visitor =
      guest("GET /ws HTTP/1.1\r\nHost: web.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
  say(hears("\r\n\r\n"), "HTTP/1.1 426 Upgrade Required\r\nContent-Length: 2\r\n\r\nno");
  until_heard(visitor, "\r\n\r\nno");
  visitor.say(head_of_get);
  say(hears("GET / "), short_answer);
  until_heard(visitor, "\r\n\r\nok");
}

TEST_F(Exchanges, an_upgrade_that_nobody_asked_for_is_502) {
  auto& visitor = guest(head_of_get);
  say(hears("\r\n\r\n"), "HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n");
  until_heard(visitor, "bad_answer");
}

TEST_F(Exchanges, bodies_without_end_and_of_nothing_are_framed_by_their_status) {
  auto& visitor =
      guest("GET /204 HTTP/1.1\r\nHost: web.test\r\n\r\nGET /304 HTTP/1.1\r\nHost: web.test\r\n\r\n");
  say(hears("/204"), "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n");
  say(hears("/304"), "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n");
  until_heard(visitor, "Content-Length: 5\r\n\r\n");
  EXPECT_EQ(visitor.heard,
            "HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n");
}

TEST_F(Exchanges, a_client_that_goes_away_in_its_answer_cuts_the_visitor) {
  auto& visitor = guest(head_of_get);
  auto& server = hears("\r\n\r\n");
  say(server, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
  until_heard(visitor, "half");
  server.channel.close();
  until_end(visitor);
  EXPECT_EQ(*visitor.end, asio::error::connection_reset);
}

TEST_F(Exchanges, a_session_that_ends_before_the_answer_is_said_to_be_gone) {
  auto& visitor = guest(head_of_get);
  hears("\r\n\r\n");
  tasks.spawn(near_.close(std::chrono::steady_clock::now()));
  until_heard(visitor, "Towline-Reason: gone");
}

TEST_F(Exchanges, a_visitor_that_resets_closes_the_channel) {
  auto& visitor = guest(head_of_get);
  auto& server = hears("\r\n\r\n");
  visitor.socket.set_option(asio::socket_base::linger(true, 0));
  visitor.socket.close();
  turn_until([&] { return server.ended; });
  until_reported(1);
  EXPECT_THAT(observer_.requests, ElementsAre("0"));
  turn_until([&] { return hosts_.inside == 0; });
}

TEST_F(Exchanges, a_visitor_that_ends_its_side_still_gets_what_comes_soon) {
  auto& visitor = guest(head_of_get);
  visitor.socket.shutdown(asio::socket_base::shutdown_send);
  auto& server = hears("\r\n\r\n");
  for (int i = 0; i < 10; ++i) turn();
  say(server, short_answer);
  until_end(visitor);
  EXPECT_THAT(visitor.heard, EndsWith("ok"));
}

TEST_F(Exchanges, one_that_has_ended_and_waits_on_is_taken_for_gone) {
  limits_.left_timeout = std::chrono::milliseconds(20);
  auto& visitor = guest(head_of_get);
  visitor.socket.shutdown(asio::socket_base::shutdown_send);
  auto& server = hears("\r\n\r\n");
  turn_until([&] { return server.ended; });
}

TEST_F(Exchanges, a_body_that_stands_still_is_408) {
  limits_.body_timeout = std::chrono::milliseconds(20);
  auto& visitor = guest(std::string(head_of_post) + "abc");
  until_heard(visitor, "408 Request Timeout");
  until_end(visitor);
  turn_until([&] { return served_at(0).ended; });
}

TEST_F(Exchanges, a_body_with_a_wrong_chunk_is_400_and_its_channel_closed) {
  auto& visitor =
      guest("POST / HTTP/1.1\r\nHost: web.test\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n");
  until_heard(visitor, "400 Bad Request");
  turn_until([&] { return served_at(0).ended; });
  EXPECT_EQ(offer_->idle().size(), 0U);
}

TEST_F(Exchanges, an_answer_with_a_wrong_chunk_cuts_the_visitor) {
  auto& visitor = guest(head_of_get);
  say(hears("\r\n\r\n"), "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3 \r\nabc\r\n0\r\n\r\n");
  until_end(visitor);
  EXPECT_EQ(*visitor.end, asio::error::connection_reset);
}

TEST_F(Exchanges, a_hint_that_was_passed_on_is_not_asked_for_again) {
  auto& visitor = guest(head_of_get);
  say(hears("\r\n\r\n"), short_answer);
  until_reported(1);
  served_at(0).heard.clear();
  visitor.say(head_of_get);
  auto& server = hears("\r\n\r\n");
  say(server, "HTTP/1.1 103 Early Hints\r\n\r\n");
  until_heard(visitor, "103 Early Hints");
  server.channel.close();
  until_heard(visitor, "bad_answer");
  EXPECT_EQ(offer_->opened, 1);
}

// Of a request in chunks, whose last piece is longer when it is written than when it was read.
constexpr std::string_view chunked_head =
    "POST / HTTP/1.1\r\nHost: web.test\r\nTransfer-Encoding: chunked\r\n\r\n";

class NarrowChannels : public WebTalk {
 protected:
  NarrowChannels() : WebTalk(narrow()) {}

  static ssh::connection::WindowLimits narrow() {
    const Visitor visitor{.address = {"127.0.0.1", 1}, .local = {}, .over_tls = false, .sni = {}};
    const auto head = request_for_client(std::get<RequestHead>(parse_request(chunked_head)), visitor, {});
    const auto size = static_cast<std::uint32_t>(head.size() + std::string_view("3\r\nabc\r\n").size() +
                                                 std::string_view("xyz\r\n0\r\n\r\n").size());
    return {.initial = size, .max = size, .session_max = 1ULL << 40U, .min = size, .packet_max = 32 * 1024};
  }
};

TEST_F(NarrowChannels, a_channel_on_which_a_request_did_not_end_is_not_used_again) {
  servers_read = false;
  auto& visitor = guest(std::string(chunked_head) + "6\r\nabc");
  turn_until([&] { return !served_.empty(); });
  for (int i = 0; i < 50; ++i) turn();
  visitor.say("xyz\r\n0\r\n\r\n");
  for (int i = 0; i < 50; ++i) turn();
  say(served_at(0), "HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno");
  until_heard(visitor, "\r\n\r\nno");
  until_reported(1);
  EXPECT_EQ(offer_->idle().size(), 0U);
}

TEST_F(Exchanges, large_bodies_pass_whole_both_ways) {
  const auto body = many(3'000'000);
  auto& visitor = guest();
  std::optional<bool> said;
  begin(speak(visitor, "POST / HTTP/1.1\r\nHost: web.test\r\nContent-Length: 3000000\r\n\r\n" + body), said);
  turn_until([&] { return !served_.empty() && served_at(0).heard.size() > body.size(); });
  auto& server = served_at(0);
  turn_until([&] { return server.heard.ends_with(body.substr(body.size() - 100)); });
  EXPECT_EQ(server.heard.substr(server.heard.find("\r\n\r\n") + 4), body);
  say(server, "HTTP/1.1 200 OK\r\nContent-Length: 3000000\r\n\r\n" + body);
  turn_until([&] { return visitor.heard.size() > body.size() && observer_.requests.size() == 1; });
  turn_until([&] { return visitor.heard.ends_with(body.substr(body.size() - 100)); });
  EXPECT_EQ(visitor.heard.substr(visitor.heard.find("\r\n\r\n") + 4), body);
}

}  // namespace

}  // namespace towline::expose::web
