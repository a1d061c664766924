#include "expose/http/head.hpp"

#include <gmock/gmock.h>

#include <list>

namespace towline::expose::web {

namespace {

using testing::ElementsAre;

struct Wrong {
  std::string_view what;
  std::string_view text;
  Malformed why;
};

// What becomes of a whole head, as the entrance goes about it.
std::variant<RequestHead, Malformed> taken(std::string_view text) {
  const auto end = end_of_head(text);
  if (const auto* wrong = std::get_if<Malformed>(&end)) return *wrong;
  EXPECT_NE(std::get<std::size_t>(end), 0U) << text;
  return parse_request(text.substr(0, std::get<std::size_t>(end)));
}

std::string with(std::string_view line) {
  return "POST / HTTP/1.1\r\nHost: web.test\r\n" + std::string(line) + "\r\n\r\n";
}
std::string asked_for(std::string_view target) {
  return "GET " + std::string(target) + " HTTP/1.1\r\nHost: a\r\n\r\n";
}

TEST(Head, request_lines_that_could_be_understood_in_two_ways_are_refused) {
  using namespace std::string_view_literals;
  const std::vector<Wrong> table{
      {"a bare LF ends a line", "GET / HTTP/1.1\nHost: a\r\n\r\n", Malformed::control_octet},
      {"bare LFs alone", "GET / HTTP/1.1\nHost: a\n\n", Malformed::control_octet},
      {"a bare CR in a line", "GET /\r HTTP/1.1\r\nHost: a\r\n\r\n", Malformed::control_octet},
      {"a CR more", "GET / HTTP/1.1\r\r\nHost: a\r\n\r\n", Malformed::control_octet},
      {"NUL in the target", "GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n"sv, Malformed::control_octet},
      {"TLS to the plain port", "\x16\x03\x01\x02\x00\x01\x00"sv, Malformed::control_octet},
      {"two empty lines before it", "\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", Malformed::start_line},
      {"two spaces", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n", Malformed::target},
      {"two spaces before the version", "GET /  HTTP/1.1\r\nHost: a\r\n\r\n", Malformed::version},
      {"a space before the method", " GET / HTTP/1.1\r\nHost: a\r\n\r\n", Malformed::start_line},
      {"a tab in the line", "GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n", Malformed::start_line},
      {"a space behind the version", "GET / HTTP/1.1 \r\nHost: a\r\n\r\n", Malformed::version},
      {"no version: HTTP/0.9", "GET /\r\n\r\n", Malformed::target},
      {"HTTP/2.0", "GET / HTTP/2.0\r\nHost: a\r\n\r\n", Malformed::version},
      {"HTTP/1.2", "GET / HTTP/1.2\r\nHost: a\r\n\r\n", Malformed::version},
      {"HTTP/01.1", "GET / HTTP/01.1\r\nHost: a\r\n\r\n", Malformed::version},
      {"HTTP/1.10", "GET / HTTP/1.10\r\nHost: a\r\n\r\n", Malformed::version},
      {"http in lower case", "GET / http/1.1\r\nHost: a\r\n\r\n", Malformed::version},
      {"HTTP/2's preface", "PRI * HTTP/2.0\r\n\r\n", Malformed::version},
      {"a method that is no token", "GE(T / HTTP/1.1\r\nHost: a\r\n\r\n", Malformed::start_line},
      {"no method", "/ HTTP/1.1\r\nHost: a\r\n\r\n", Malformed::start_line},
      {"a word more", "GET / HTTP/1.1 HTTP/1.0\r\nHost: a\r\n\r\n", Malformed::version},
  };
  for (const auto& [what, text, why] : table) {
    const auto parsed = taken(text);
    ASSERT_TRUE(std::holds_alternative<Malformed>(parsed)) << what;
    EXPECT_EQ(std::get<Malformed>(parsed), why) << what << ": " << to_string(std::get<Malformed>(parsed));
  }
}

TEST(Head, targets_that_no_server_is_asked_for_are_refused) {
  for (const auto* target :
       {"web.test", "web.test:80", "*", "//\x7f", "/a#b", "ftp://a/", "http://", "http:///x",
        "http://user@a/", "http://a:b/", "http://a:99999/", "http://[::1/", "http:/a", "?x"}) {
    const auto parsed = taken(asked_for(target));
    ASSERT_TRUE(std::holds_alternative<Malformed>(parsed)) << target;
    EXPECT_EQ(std::get<Malformed>(parsed), Malformed::target) << target;
  }
  EXPECT_EQ(std::get<Malformed>(parse_request(asked_for("/" + std::string(target_octets_max, 'a')))),
            Malformed::target_too_long);
}

TEST(Head, fields_that_could_be_understood_in_two_ways_are_refused) {
  using namespace std::string_view_literals;
  const std::vector<Wrong> table{
      {"a space before the colon", "Content-Length : 5", Malformed::field},
      {"a tab before the colon", "Transfer-Encoding\t: chunked", Malformed::field},
      {"no colon", "Content-Length 5", Malformed::field},
      {"no name", ": 5", Malformed::field},
      {"a name that is no token", "Content(Length: 5", Malformed::field},
      {"a name beyond ASCII", "X-\xc3\xa4: 5", Malformed::field},
      {"obs-fold", "X: a\r\n b", Malformed::folded_line},
      {"obs-fold with a tab", "X: a\r\n\tb", Malformed::folded_line},
      {"obs-fold of the framing", "Transfer-Encoding:\r\n chunked", Malformed::folded_line},
      {"a first field that is folded", " X: a", Malformed::folded_line},
      {"NUL in a value", "X: a\0b"sv, Malformed::control_octet},
      {"NUL in a name", "X\0: a"sv, Malformed::control_octet},
      {"a bare CR in a value", "X: a\rb", Malformed::control_octet},
      {"a bare LF in a value", "X: a\nY: b", Malformed::control_octet},
      {"another control octet", "X: a\x01", Malformed::field},
      {"DEL in a value", "X: a\x7f", Malformed::field},
      {"a vertical tab before chunked",
       "Transfer-Encoding: \x0b"
       "chunked",
       Malformed::field},
      {"two lengths", "Content-Length: 5\r\nContent-Length: 6", Malformed::length},
      {"the same length twice", "Content-Length: 5\r\nContent-Length: 5", Malformed::length},
      {"a list of lengths", "Content-Length: 5, 5", Malformed::length},
      {"a length with a sign", "Content-Length: +5", Malformed::length},
      {"a negative length", "Content-Length: -1", Malformed::length},
      {"a hexadecimal length", "Content-Length: 0x5", Malformed::length},
      {"a length with a fraction", "Content-Length: 5.0", Malformed::length},
      {"an empty length", "Content-Length:", Malformed::length},
      {"a length with a blank in it", "Content-Length: 5 5", Malformed::length},
      {"a length beyond all measure", "Content-Length: 9999999999999999999", Malformed::length},
      {"a length that overflows", "Content-Length: 18446744073709551617", Malformed::length},
      {"a length and chunks", "Content-Length: 5\r\nTransfer-Encoding: chunked", Malformed::coding},
      {"chunks and a length", "Transfer-Encoding: chunked\r\nContent-Length: 5", Malformed::length},
      {"a length and another coding", "Content-Length: 5\r\nTransfer-Encoding: gzip", Malformed::coding},
      {"chunked twice", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", Malformed::coding},
      {"chunked twice in a list", "Transfer-Encoding: chunked, chunked", Malformed::coding},
      {"chunked not last", "Transfer-Encoding: chunked, gzip", Malformed::coding},
      {"chunked behind another", "Transfer-Encoding: gzip, chunked", Malformed::coding},
      {"identity", "Transfer-Encoding: identity", Malformed::coding},
      {"identity and chunked", "Transfer-Encoding: identity\r\nTransfer-Encoding: chunked",
       Malformed::coding},
      {"something like chunked", "Transfer-Encoding: xchunked", Malformed::coding},
      {"chunked with a parameter", "Transfer-Encoding: chunked;q=1", Malformed::coding},
      {"chunked in quotes", "Transfer-Encoding: \"chunked\"", Malformed::coding},
      {"an empty coding", "Transfer-Encoding:", Malformed::coding},
      {"an empty element", "Transfer-Encoding: ,chunked", Malformed::coding},
      {"a second Host", "Host: other.test", Malformed::host_repeated},
      {"the same Host again", "Host: web.test", Malformed::host_repeated},
      {"Host in another case", "hOST: other.test", Malformed::host_repeated},
      {"two upgrades", "Upgrade: a\r\nUpgrade: b", Malformed::upgrade},
  };
  for (const auto& [what, line, why] : table) {
    const auto parsed = taken(with(line));
    ASSERT_TRUE(std::holds_alternative<Malformed>(parsed)) << what;
    EXPECT_EQ(std::get<Malformed>(parsed), why) << what << ": " << to_string(std::get<Malformed>(parsed));
  }
}

TEST(Head, one_host_is_named_and_is_one) {
  EXPECT_EQ(std::get<Malformed>(taken("GET / HTTP/1.1\r\n\r\n")), Malformed::host_missing);
  EXPECT_EQ(std::get<Malformed>(taken("GET http://a/ HTTP/1.1\r\n\r\n")), Malformed::host_missing);
  EXPECT_EQ(std::get<RequestHead>(taken("GET / HTTP/1.0\r\n\r\n")).authority.host, "");
  for (const auto* host :
       {"", "a b", "a,b", "a/b", "user@a", "a:b", "a:65536", "a..b", ".a", "[::1", "[1.2.3.4]", "a%00"}) {
    const auto parsed = taken("GET / HTTP/1.1\r\nHost: " + std::string(host) + "\r\n\r\n");
    ASSERT_TRUE(std::holds_alternative<Malformed>(parsed)) << host;
    EXPECT_EQ(std::get<Malformed>(parsed), Malformed::host) << host;
  }
}

TEST(Head, the_targets_host_goes_before_that_of_the_field) {
  const auto head =
      std::get<RequestHead>(taken("GET http://One.Test:81?x HTTP/1.1\r\nHost: two.test\r\n\r\n"));
  EXPECT_EQ(head.authority, (Authority{"one.test", 81}));
  EXPECT_EQ(head.target, "/?x");
  EXPECT_EQ(std::get<RequestHead>(taken("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n")).target, "*");
}

TEST(Head, a_request_without_framing_has_no_body) {
  EXPECT_EQ(std::get<RequestHead>(taken(with("X: y"))).body, Framing{});
  EXPECT_EQ(std::get<RequestHead>(taken(with("Content-Length: 0"))).body, Framing{});
  EXPECT_EQ(std::get<RequestHead>(taken(with("content-length: 007"))).body,
            (Framing{Framing::Kind::length, 7}));
  EXPECT_EQ(std::get<RequestHead>(taken(with("transfer-encoding: Chunked"))).body,
            (Framing{Framing::Kind::chunked, 0}));
  EXPECT_EQ(std::get<Malformed>(taken("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n")),
            Malformed::coding);
}

TEST(Head, wishes_for_the_connection_are_understood) {
  EXPECT_TRUE(std::get<RequestHead>(taken(with("X: y"))).keep_alive);
  EXPECT_FALSE(std::get<RequestHead>(taken(with("Connection: a, CLOSE"))).keep_alive);
  EXPECT_FALSE(std::get<RequestHead>(taken("GET / HTTP/1.0\r\n\r\n")).keep_alive);
  EXPECT_TRUE(std::get<RequestHead>(taken("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n")).keep_alive);
  EXPECT_TRUE(std::get<RequestHead>(taken(with("Expect: 100-Continue"))).expects_continue);
  EXPECT_TRUE(std::get<RequestHead>(taken(with("TE: gzip, trailers"))).takes_trailers);
}

TEST(Head, an_upgrade_is_asked_for_by_both_fields_and_does_not_hide_requests) {
  const auto upgrade = [](std::string_view fields) {
    return std::string(std::get<RequestHead>(taken(with(fields))).upgrade);
  };
  EXPECT_EQ(upgrade("Connection: keep-alive, Upgrade\r\nUpgrade: websocket"), "websocket");
  EXPECT_EQ(upgrade("Upgrade: websocket"), "");
  EXPECT_EQ(upgrade("Connection: Upgrade"), "");
  EXPECT_EQ(upgrade("Connection: Upgrade\r\nUpgrade: h2c"), "");
  EXPECT_EQ(upgrade("Connection: Upgrade\r\nUpgrade: websocket, H2C"), "");
  EXPECT_EQ(upgrade("Connection: Upgrade\r\nUpgrade: TLS/1.2"), "");
  EXPECT_EQ(upgrade("Connection: Upgrade\r\nUpgrade: HTTP/2.0"), "");
  EXPECT_EQ(upgrade("Connection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: 1"), "");
}

TEST(Head, the_end_is_found_however_it_comes_in_pieces) {
  const auto text = with("X: y");
  for (std::size_t cut = 0; cut < text.size(); ++cut) {
    const auto first = end_of_head(std::string_view(text).substr(0, cut));
    ASSERT_EQ(std::get<std::size_t>(first), 0U) << cut;
    ASSERT_EQ(std::get<std::size_t>(end_of_head(text + "GET /", cut)), text.size()) << cut;
  }
}

TEST(Head, heads_and_targets_have_bounds) {
  const auto long_field = "GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(head_octets_max, 'a');
  EXPECT_EQ(std::get<Malformed>(end_of_head(long_field)), Malformed::head_too_large);
  EXPECT_EQ(std::get<Malformed>(end_of_head("GET /" + std::string(target_octets_max + 100, 'a'))),
            Malformed::target_too_long);
  std::string many = "GET / HTTP/1.1\r\nHost: a\r\n";
  for (std::size_t i = 0; i < fields_max; ++i) many += "X:\r\n";
  EXPECT_EQ(std::get<Malformed>(taken(many + "\r\n")), Malformed::head_too_large);
}

std::variant<AnswerHead, Malformed> answered(std::string_view text, std::string_view request) {
  static std::list<std::string> kept;
  const auto& asked = kept.emplace_back(request);
  const auto& said = kept.emplace_back(text);
  const auto end = end_of_head(said);
  if (const auto* wrong = std::get_if<Malformed>(&end)) return *wrong;
  return parse_answer(std::string_view(said).substr(0, std::get<std::size_t>(end)),
                      std::get<RequestHead>(parse_request(asked)));
}
std::variant<AnswerHead, Malformed> answered(std::string_view text) { return answered(text, asked_for("/")); }

TEST(Head, answers_that_could_be_understood_in_two_ways_are_refused) {
  const std::vector<Wrong> table{
      {"two lengths", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", Malformed::length},
      {"a length and chunks", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
       Malformed::coding},
      {"another coding", "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", Malformed::coding},
      {"chunks in HTTP/1.0", "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", Malformed::coding},
      {"a folded line", "HTTP/1.1 200 OK\r\nX: a\r\n b\r\n\r\n", Malformed::folded_line},
      {"a bare LF", "HTTP/1.1 200 OK\nContent-Length: 1\r\n\r\n", Malformed::control_octet},
      {"an empty line before it", "\r\nHTTP/1.1 200 OK\r\n\r\n", Malformed::version},
      {"a status of two digits", "HTTP/1.1 20 OK\r\n\r\n", Malformed::status},
      {"a status that is none", "HTTP/1.1 099 OK\r\n\r\n", Malformed::status},
      {"a status beyond them", "HTTP/1.1 600 OK\r\n\r\n", Malformed::status},
      {"a space before the colon", "HTTP/1.1 200 OK\r\nContent-Length : 1\r\n\r\n", Malformed::field},
      {"another version", "HTTP/3.0 200 OK\r\n\r\n", Malformed::version},
      {"no HTTP", "ICY 200 OK\r\n\r\n", Malformed::version},
      {"an upgrade that nobody wants", "HTTP/1.1 101 OK\r\nUpgrade: x\r\n\r\n", Malformed::upgrade},
  };
  for (const auto& [what, text, why] : table) {
    const auto parsed = answered(text);
    ASSERT_TRUE(std::holds_alternative<Malformed>(parsed)) << what;
    EXPECT_EQ(std::get<Malformed>(parsed), why) << what << ": " << to_string(std::get<Malformed>(parsed));
  }
}

TEST(Head, where_an_answer_ends_depends_on_what_was_asked) {
  using Kind = Framing::Kind;
  const auto head = std::string("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(std::get<AnswerHead>(answered("HTTP/1.1 200 OK\r\n\r\n")).body.kind, Kind::until_end);
  EXPECT_EQ(std::get<AnswerHead>(answered("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n")).body,
            (Framing{Kind::length, 3}));
  EXPECT_EQ(std::get<AnswerHead>(answered("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n", head)).body.kind,
            Kind::none);
  EXPECT_EQ(std::get<AnswerHead>(answered("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n", head)).length, "3");
  for (const auto* status : {"204", "304", "100", "103"}) {
    const auto text = "HTTP/1.1 " + std::string(status) + " x\r\nContent-Length: 3\r\n\r\n";
    EXPECT_EQ(std::get<AnswerHead>(answered(text)).body.kind, Kind::none) << status;
  }
  EXPECT_FALSE(std::get<AnswerHead>(answered("HTTP/1.1 200 OK\r\n\r\n")).keep_alive);
  EXPECT_FALSE(std::get<AnswerHead>(answered("HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n")).keep_alive);
  EXPECT_TRUE(std::get<AnswerHead>(answered("HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n")).keep_alive);
}

TEST(Head, trailers_are_fields_and_end_with_an_empty_line) {
  const std::string text = "X-Sum: 1\r\nY: \r\n\r\n";
  const auto fields = std::get<std::vector<Field>>(parse_trailers(text));
  ASSERT_EQ(fields.size(), 2U);
  EXPECT_EQ(fields[0].name, "X-Sum");
  EXPECT_EQ(fields[0].value, "1");
  EXPECT_EQ(fields[0].name.data(), text.data());
  EXPECT_TRUE(std::get<std::vector<Field>>(parse_trailers("\r\n")).empty());
  for (const auto* wrong :
       {"", "X: 1\r\n", "X : 1\r\n\r\n", "X: 1\r\n b\r\n\r\n", "X: 1\n\r\n", "X\r\n\r\n", "\r\n\r\n"})
    EXPECT_TRUE(std::holds_alternative<Malformed>(parse_trailers(wrong))) << wrong;
}

TEST(Head, words_of_lists_lose_what_surrounds_them) {
  EXPECT_THAT(words_of(" a,\tb ,, c"), ElementsAre("a", "b", "c"));
  EXPECT_TRUE(words_of(" , ").empty());
}

}  // namespace

}  // namespace towline::expose::web
