#include "unit/expose/web/web_talk.hpp"

#include <gmock/gmock.h>

namespace towline::expose::web {

namespace {

using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr std::string_view get = "GET / HTTP/1.1\r\nHost: web.test\r\n\r\n";
constexpr std::string_view ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

class Conversations : public WebTalk {};

TEST_F(Conversations, a_request_reaches_the_client_of_its_host_and_the_answer_comes_back) {
  auto& visitor =
      guest("GET /a?b=c HTTP/1.1\r\nHost: Web.Test:8080\r\nX-Real-IP: 6.6.6.6\r\nCookie: a=b\r\n\r\n");
  auto& server = hears("\r\n\r\n");
  EXPECT_EQ(server.heard,
            "GET /a?b=c HTTP/1.1\r\nHost: web.test:8080\r\nCookie: a=b\r\nX-Forwarded-For: 127.0.0.1\r\n"
            "X-Forwarded-Host: web.test:8080\r\nX-Forwarded-Proto: http\r\nX-Forwarded-Port: 8080\r\n\r\n");
  say(server, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nKeep-Alive: 5\r\nETag: x\r\n\r\nhello");
  until_heard(visitor, "hello");
  EXPECT_EQ(visitor.heard, "HTTP/1.1 200 OK\r\nETag: x\r\nContent-Length: 5\r\n\r\nhello");
  until_reported(1);
  EXPECT_THAT(hosts_.asked, ElementsAre("web.test"));
  EXPECT_THAT(observer_.requests, ElementsAre("200"));
  EXPECT_THAT(offer_->lines, ElementsAre("GET /a?b=c 200"));
  EXPECT_EQ(observer_.bytes_sent, 5U);
}

TEST_F(Conversations, a_second_request_uses_the_connections_again_on_both_sides) {
  auto& visitor = guest(get);
  say(hears("\r\n\r\n"), ok);
  until_heard(visitor, "ok");
  until_reported(1);
  visitor.say("HEAD /two HTTP/1.1\r\nHost: other.test\r\n\r\n");
  say(hears("HEAD /two"), "HTTP/1.1 200 OK\r\nContent-Length: 77\r\n\r\n");
  until_heard(visitor, "Content-Length: 77\r\n\r\n");
  EXPECT_THAT(visitor.heard, EndsWith("Content-Length: 77\r\n\r\n"));
  EXPECT_EQ(offer_->opened, 1);
}

TEST_F(Conversations, requests_that_come_at_once_are_answered_in_their_order) {
  auto& visitor = guest("GET /1 HTTP/1.1\r\nHost: web.test\r\n\r\nGET /2 HTTP/1.1\r\nHost: web.test\r\n\r\n");
  auto& server = hears("GET /1");
  EXPECT_THAT(server.heard, Not(HasSubstr("GET /2")));
  say(server, "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n1");
  say(hears("GET /2"), "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n2");
  until_heard(visitor, "\r\n\r\n2");
  EXPECT_THAT(visitor.heard, HasSubstr("\r\n\r\n1HTTP/1.1 200"));
}

TEST_F(Conversations, a_host_that_nobody_offers_is_a_page_and_the_connection_stays) {
  auto& visitor = guest("GET / HTTP/1.1\r\nHost: nobody.test\r\n\r\n");
  until_heard(visitor, "</html>");
  EXPECT_THAT(visitor.heard, StartsWith("HTTP/1.1 404 Not Found\r\nTowline-Reason: unknown_host\r\n"));
  EXPECT_THAT(visitor.heard, HasSubstr("Cache-Control: no-store\r\n"));
  visitor.say(get);
  say(hears("\r\n\r\n"), ok);
  until_heard(visitor, "\r\n\r\nok");
}

TEST_F(Conversations, a_client_that_refuses_is_502_and_one_that_is_silent_504) {
  refuses_channels = true;
  until_heard(guest(get), "502 Bad Gateway");
  refuses_channels = false;
  ignores_channels = true;
  limits_.open_timeout = std::chrono::milliseconds(20);
  until_heard(guest(get), "504 Gateway Timeout");
  until_reported(2);
  EXPECT_THAT(observer_.requests, ElementsAre("502 refused", "504 silent"));
}

TEST_F(Conversations, what_no_client_answers_with_is_502) {
  auto& visitor = guest(get);
  say(hears("\r\n\r\n"), "SSH-2.0-OpenSSH\r\n\r\n");
  until_heard(visitor, "bad_answer");
  auto& other = guest(get);
  hears("\r\n\r\n", 1).channel.close();
  until_heard(other, "no_answer");
  until_reported(2);
  EXPECT_THAT(observer_.requests, ElementsAre("502 bad_answer", "502 no_answer"));
}

TEST_F(Conversations, a_channel_that_was_closed_while_it_waited_is_replaced_unseen) {
  auto& visitor = guest(get);
  say(hears("\r\n\r\n"), ok);
  until_reported(1);
  served_at(0).heard.clear();
  visitor.say(get);
  hears("\r\n\r\n").channel.close();
  say(hears("\r\n\r\n", 1), ok);
  until_reported(2);
  EXPECT_THAT(observer_.requests, ElementsAre("200", "200"));
  EXPECT_EQ(offer_->opened, 2);
}

TEST_F(Conversations, what_must_not_be_asked_twice_takes_no_channel_that_has_waited) {
  auto& visitor = guest(get);
  say(hears("\r\n\r\n"), ok);
  until_reported(1);
  visitor.say("POST / HTTP/1.1\r\nHost: web.test\r\nContent-Length: 3\r\n\r\nabc");
  say(hears("abc", 1), ok);
  until_reported(2);
  EXPECT_EQ(offer_->idle().size(), 2U);
}

TEST_F(Conversations, a_malformed_request_is_400_and_the_end) {
  auto& visitor =
      guest("GET / HTTP/1.1\r\nHost: web.test\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx");
  until_end(visitor);
  EXPECT_THAT(visitor.heard, StartsWith("HTTP/1.1 400 Bad Request\r\n"));
  EXPECT_THAT(visitor.heard, HasSubstr("Connection: close\r\n"));
  EXPECT_TRUE(served_.empty());
  EXPECT_THAT(observer_.refused, ElementsAre("bad_request"));
}

TEST_F(Conversations, connect_is_refused) {
  auto& visitor = guest("CONNECT web.test:443 HTTP/1.1\r\nHost: web.test:443\r\n\r\n");
  until_end(visitor);
  EXPECT_THAT(visitor.heard, StartsWith("HTTP/1.1 405 Method Not Allowed\r\n"));
}

TEST_F(Conversations, a_head_that_does_not_end_is_408_and_a_silent_visitor_is_left) {
  limits_.head_timeout = std::chrono::milliseconds(20);
  limits_.idle_timeout = std::chrono::milliseconds(60);
  auto& slow = guest("GET / HTTP/1.1\r\nHost:");
  auto& silent = guest();
  until_end(slow);
  EXPECT_THAT(slow.heard, StartsWith("HTTP/1.1 408 "));
  until_end(silent);
  EXPECT_EQ(silent.heard, "");
}

TEST_F(Conversations, force_https_sends_whoever_names_our_port_to_the_tls_listener) {
  https_port_ = 8443;
  offer_->rules_given.force_https = true;
  auto& visitor = guest();
  visitor.say("GET /a?<b> HTTP/1.1\r\nHost: web.test:" + std::to_string(port_) + "\r\n\r\n");
  until_heard(visitor, "\r\n\r\nhttps");
  EXPECT_THAT(visitor.heard, StartsWith("HTTP/1.1 308 Permanent Redirect\r\n"
                                        "Location: https://web.test:8443/a?%3Cb%3E\r\n"));
}

TEST_F(Conversations, force_https_sends_others_to_the_port_of_https) {
  https_port_ = 8443;
  offer_->rules_given.force_https = true;
  auto& visitor = guest("GET / HTTP/1.1\r\nHost: web.test\r\n\r\n");
  until_heard(visitor, "\r\n\r\nhttps");
  EXPECT_THAT(visitor.heard, HasSubstr("\r\nLocation: https://web.test/\r\n"));
}

TEST_F(Conversations, whoever_is_not_let_in_is_told_why) {
  hosts_.refuses = NoWay::too_many;
  auto& visitor = guest(get);
  until_end(visitor);
  EXPECT_THAT(visitor.heard, StartsWith("HTTP/1.1 429 Too Many Requests\r\n"));
  EXPECT_EQ(hosts_.inside, 0);
}

TEST_F(Conversations, http_1_0_is_answered_and_closed_unless_it_asks_to_stay) {
  auto& visitor = guest("GET / HTTP/1.0\r\nHost: web.test\r\nConnection: keep-alive\r\n\r\n");
  say(hears("\r\n\r\n"), ok);
  until_heard(visitor, "ok");
  EXPECT_THAT(visitor.heard, HasSubstr("Connection: keep-alive\r\n"));
  visitor.say("GET / HTTP/1.0\r\nHost: web.test\r\n\r\n");
  say(hears("\r\n\r\nGET"), ok);
  until_end(visitor);
  EXPECT_THAT(visitor.heard, HasSubstr("Connection: close\r\n"));
}

}  // namespace

}  // namespace towline::expose::web
