#include "expose/web/rebuild.hpp"

#include <gmock/gmock.h>

namespace towline::expose::web {

namespace {

using testing::HasSubstr;
using testing::Not;

const Visitor in_the_clear{
    .address = {"192.0.2.7", 40000}, .local = {"10.0.0.1", 8080}, .over_tls = false, .sni = {}};
const Visitor within_tls{
    .address = {"2001:db8::7", 40000}, .local = {"::1", 8443}, .over_tls = true, .sni = "web.test"};

std::string passed(std::string_view text, const Visitor& visitor = in_the_clear,
                   const HttpRules& rules = {}) {
  return request_for_client(std::get<RequestHead>(parse_request(text)), visitor, rules);
}

TEST(Rebuild, where_a_visitor_comes_from_is_not_believed) {
  const auto text = passed(
      "GET / HTTP/1.1\r\nHost: web.test\r\nX-Forwarded-For: 1.2.3.4\r\nx-forwarded-proto: https\r\n"
      "X-Forwarded-Prefix: /x\r\nX_Forwarded_For: 1.2.3.4\r\nX-Real-IP: 1.2.3.4\r\nForwarded: for=1.2.3.4\r\n"
      "Proxy: evil\r\nUser-Agent: u\r\n\r\n");
  EXPECT_EQ(text,
            "GET / HTTP/1.1\r\nHost: web.test\r\nUser-Agent: u\r\nX-Forwarded-For: 192.0.2.7\r\n"
            "X-Forwarded-Host: web.test\r\nX-Forwarded-Proto: http\r\nX-Forwarded-Port: 80\r\n\r\n");
}

TEST(Rebuild, the_port_is_that_of_the_host_or_else_the_schemes) {
  EXPECT_THAT(passed("GET / HTTP/1.1\r\nHost: web.test:81\r\n\r\n"), HasSubstr("X-Forwarded-Port: 81\r\n"));
  const auto secure = passed("GET / HTTP/1.1\r\nHost: web.test\r\n\r\n", within_tls);
  EXPECT_THAT(secure, HasSubstr("X-Forwarded-Port: 443\r\n"));
  EXPECT_THAT(secure, HasSubstr("X-Forwarded-Proto: https\r\n"));
  EXPECT_THAT(secure, HasSubstr("X-Forwarded-For: 2001:db8::7\r\n"));
}

TEST(Rebuild, another_host_is_written_and_the_visitors_told) {
  const auto text =
      passed("GET / HTTP/1.1\r\nHost: web.test\r\n\r\n", in_the_clear, {.host = "localhost:3000"});
  EXPECT_THAT(text, HasSubstr("\r\nHost: localhost:3000\r\n"));
  EXPECT_THAT(text, HasSubstr("X-Forwarded-Host: web.test\r\n"));
}

TEST(Rebuild, what_belongs_to_one_connection_stays_there) {
  const auto text = passed(
      "GET / HTTP/1.1\r\nHost: web.test\r\nConnection: close, X-Secret, X-Forwarded-For, Host\r\nX-Secret: "
      "1\r\n"
      "Keep-Alive: 5\r\nProxy-Authorization: x\r\nProxy-Connection: y\r\nTE: gzip\r\nHTTP2-Settings: z\r\n"
      "Upgrade: h2c\r\nTransfer_Encoding: chunked\r\nContent_Length: 5\r\n\r\n");
  EXPECT_EQ(text,
            "GET / HTTP/1.1\r\nHost: web.test\r\nX-Forwarded-For: 192.0.2.7\r\nX-Forwarded-Host: web.test\r\n"
            "X-Forwarded-Proto: http\r\nX-Forwarded-Port: 80\r\n\r\n");
}

TEST(Rebuild, a_body_is_framed_anew) {
  EXPECT_THAT(passed("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 007\r\n\r\n"),
              HasSubstr("\r\nContent-Length: 7\r\n"));
  EXPECT_THAT(passed("PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: CHUNKED\r\n\r\n"),
              HasSubstr("\r\nTransfer-Encoding: chunked\r\n"));
  EXPECT_THAT(passed("POST / HTTP/1.1\r\nHost: a\r\n\r\n"), HasSubstr("\r\nContent-Length: 0\r\n"));
  EXPECT_THAT(passed("GET / HTTP/1.1\r\nHost: a\r\n\r\n"), Not(HasSubstr("Content-Length")));
}

TEST(Rebuild, http_1_0_becomes_1_1_and_expects_nothing) {
  const auto text = passed("GET / HTTP/1.0\r\nHost: a\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_THAT(text, HasSubstr("GET / HTTP/1.1\r\n"));
  EXPECT_THAT(text, Not(HasSubstr("Expect")));
}

struct Said {
  std::string request, answer;
};

std::string answered(const Said& said, bool may_stay = true, const Visitor& visitor = in_the_clear,
                     const HttpRules& rules = {}) {
  const auto request = std::get<RequestHead>(parse_request(said.request));
  const auto answer = std::get<AnswerHead>(parse_answer(said.answer, request));
  return answer_for_visitor(answer, plan_of(answer, request, may_stay), request, visitor, rules);
}

const std::string get_1_1 = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
const std::string get_1_0 = "GET / HTTP/1.0\r\n\r\n";

TEST(Rebuild, answers_are_framed_for_the_visitor) {
  struct Case {
    std::string request, answer, written;
  };
  const std::vector<Case> table{
      {get_1_1, "HTTP/1.1 200 OK\r\nContent-Length: 03\r\n\r\n",
       "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n"},
      {get_1_1, "HTTP/1.0 200 OK\r\n\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"},
      {get_1_1, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
       "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"},
      {get_1_0, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
       "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"},
      {get_1_1, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
       "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"},
      {get_1_1, "HTTP/1.1 204 No\r\nContent-Length: 4\r\n\r\n", "HTTP/1.1 204 No\r\n\r\n"},
      {get_1_1, "HTTP/1.1 304 No\r\nContent-Length: 4\r\n\r\n",
       "HTTP/1.1 304 No\r\nContent-Length: 4\r\n\r\n"},
      {get_1_1,
       "HTTP/1.1 200 OK\r\nConnection: close, X-A\r\nX-A: 1\r\nKeep-Alive: 5\r\nX-B: 2\r\nContent-Length: "
       "1\r\n\r\n",
       "HTTP/1.1 200 OK\r\nX-B: 2\r\nContent-Length: 1\r\n\r\n"},
  };
  for (const auto& [request, answer, written] : table)
    EXPECT_EQ(answered({request, answer}), written) << answer;
  EXPECT_EQ(answered({get_1_1, "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n"}, false),
            "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nConnection: close\r\n\r\n");
}

TEST(Rebuild, strict_transport_is_said_within_tls_unless_the_server_says_it) {
  const std::string plain = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n";
  const HttpRules strict{.strict_transport = std::chrono::seconds(60)};
  EXPECT_THAT(answered({get_1_1, plain}, true, within_tls, strict),
              HasSubstr("Strict-Transport-Security: max-age=60\r\n"));
  EXPECT_THAT(answered({get_1_1, plain}, true, in_the_clear, strict), Not(HasSubstr("Strict")));
  EXPECT_THAT(
      answered({get_1_1, "HTTP/1.1 200 OK\r\nStrict-Transport-Security: x\r\nContent-Length: 1\r\n\r\n"},
               true, within_tls, strict),
      Not(HasSubstr("max-age")));
}

TEST(Rebuild, trailers_that_would_change_the_message_are_left_out) {
  const std::string text =
      "X-Sum: 1\r\nHost: b\r\nContent-Length: 5\r\nX-Forwarded-For: 1\r\n"
      "Authorization: x\r\nSet-Cookie: y\r\nConnection: z\r\nTrailer: t\r\n\r\n";
  EXPECT_EQ(trailers_to_pass(std::get<std::vector<Field>>(parse_trailers(text))), "X-Sum: 1\r\n");
}

TEST(Rebuild, what_changes_nothing_may_be_asked_twice) {
  const auto may = [](std::string_view text) {
    return may_be_repeated(std::get<RequestHead>(parse_request(text)));
  };
  EXPECT_TRUE(may("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
  EXPECT_TRUE(may("DELETE / HTTP/1.1\r\nHost: a\r\n\r\n"));
  EXPECT_FALSE(may("POST / HTTP/1.1\r\nHost: a\r\n\r\n"));
  EXPECT_FALSE(may("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n"));
}

}  // namespace

}  // namespace towline::expose::web
