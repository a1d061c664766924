#include "publish/dialect.hpp"

#include "publish/lines.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace towline::publish {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// "https://a [name] [port 1]" for each line that says something.
std::vector<std::string> heard(Service service, std::string_view text, std::size_t piece = 4096,
                               const text::RegularExpression* pattern = nullptr) {
  std::vector<std::string> all;
  Lines lines;
  Lines::Line line;
  for (std::size_t at = 0; at < text.size(); at += piece) {
    lines.feed(text.substr(at, piece));
    while (lines.next(line)) {
      const auto said = read_line(dialect_of(service), pattern, line.text);
      if (!said) continue;
      std::string one = said->withdrawn ? "not " : "";
      for (const auto& address : said->addresses) one += address + ' ';
      if (said->host) one += "for " + *said->host + ' ';
      if (said->port) one += "port " + std::to_string(*said->port) + ' ';
      all.push_back(one.substr(0, one.size() - 1));
    }
  }
  return all;
}

constexpr std::string_view sandhole =
    "\x1b[2m2025-01-31T10:00:00.123456Z\x1b[0m Starting HTTP on \x1b[36mhttp://web.example\x1b[0m for "
    "address "
    "\x1b[36mweb\x1b[0m\r\n"
    "2025-01-31T10:00:00.2Z Starting HTTPS on https://web.example for address web\r\n"
    "2025-01-31 10:00:01 Starting TCP port on example:38234 for address localhost\r\n"
    "2025-01-31T10:00:02Z Starting alias tunneling for db:5432\r\n"
    "2025-01-31T10:00:02Z Starting SNI proxy for https://tls.example\r\n"
    "2025-01-31T10:00:03Z 200 GET web.example/Starting HTTP on http://evil.example for address web\r\n"
    "2025-01-31T10:00:03Z Error Cannot listen to HTTP on port 81\r\n"
    "2025-01-31T10:00:04Z Stopping HTTP on http://web.example for address web\r\n";

TEST(Dialect, of_sandhole_is_understood_at_whatever_byte_it_is_split) {
  for (std::size_t piece = 1; piece <= sandhole.size(); ++piece) {
    ASSERT_THAT(heard(Service::sandhole, sandhole, piece),
                ElementsAre("http://web.example for web", "https://web.example for web",
                            "example:38234 for localhost", "db:5432", "https://tls.example",
                            "not http://web.example for web"))
        << piece;
  }
}

constexpr std::string_view sish =
    "Press Ctrl-C to close the session.\r\n\r\n"
    "The subdomain web.example is unavailable. Assigning a random subdomain.\r\n"
    "Starting SSH Forwarding service for \x1b[32mhttp:80\x1b[0m. Forwarded connections can be accessed via "
    "the following "
    "methods:\r\n"
    "Service console can be accessed here: https://flb.example/_sish/console?x-authorization=secret\r\n"
    "\x1b[44mHTTP\x1b[0m: http://u:p@flb.example\r\n\x1b[44mHTTPS\x1b[0m: https://u:p@flb.example\r\n\r\n"
    "\x1b[44mTCP\x1b[0m: example:38234\r\n\x1b[44mTCP Alias\x1b[0m: db:5432\r\nTLS: https://tls.example\r\n"
    "2025/01/31 - 10:00:00 | flb.example | 200 | 1ms | 192.0.2.1 | GET HTTP: http://evil.example\r\n";

TEST(Dialect, of_sish_is_understood_at_whatever_byte_it_is_split) {
  for (std::size_t piece = 1; piece <= sish.size(); ++piece) {
    ASSERT_THAT(heard(Service::sish, sish, piece),
                ElementsAre("http://flb.example", "https://flb.example", "example:38234", "db:5432",
                            "https://tls.example"))
        << piece;
  }
}

constexpr std::string_view srvus =
    "1: https://qp556ma755ktlag5b2xyt334ae.srv.us/, https://anna.gh.srv.us/\r\n2: https://other.srv.us/\r\n"
    "99999: https://no.srv.us\r\nHTTP/1.1 GET 3: https://evil.srv.us\r\n";

TEST(Dialect, of_srvus_is_understood_at_whatever_byte_it_is_split) {
  for (std::size_t piece = 1; piece <= srvus.size(); ++piece) {
    ASSERT_THAT(heard(Service::srvus, srvus, piece),
                ElementsAre("https://qp556ma755ktlag5b2xyt334ae.srv.us https://anna.gh.srv.us port 1",
                            "https://other.srv.us port 2"))
        << piece;
  }
}

constexpr std::string_view localhostrun =
    "Welcome to localhost.run!\r\n** your connection id is 1, please mention it **\r\n"
    "More at https://localhost.run/docs/\r\n"
    "8beaa541ba3dc2.lhr.life tunneled with tls termination, https://8beaa541ba3dc2.lhr.life\r\n"
    R"({"connection_id": "1", "event": "authn", "message": "authenticated as anonymous user"})"
    "\r\n"
    R"({"event":"tcpip-forward","message":"a.lhr.life tunneled with tls termination, https://a.lhr.life","address":"a.lhr.life"})"
    "\r\n"
    R"({"event":"tcpip-forward","tls_termination":false,"address":"b.lhr.life"})"
    "\r\n"
    R"({"event":"tcpip-forward","address":7})"
    "\r\n{\"event\":\"tcpip-forward\",\r\n";

TEST(Dialect, of_localhostrun_is_understood_as_text_and_as_json_at_whatever_byte_it_is_split) {
  for (std::size_t piece = 1; piece <= localhostrun.size(); ++piece) {
    ASSERT_THAT(heard(Service::localhostrun, localhostrun, piece),
                ElementsAre("https://8beaa541ba3dc2.lhr.life", "https://a.lhr.life", "http://b.lhr.life"))
        << piece;
  }
}

TEST(Dialect, of_serveo_is_understood_for_the_web_and_for_tcp) {
  EXPECT_THAT(
      heard(Service::serveo,
            "Hi there\r\n\x1b[32mForwarding HTTP traffic from \x1b[1mhttps://web.serveo.net\x1b[0m\r\n"
            "Press g to start a GUI session and ctrl-c to quit.\r\n"
            "Forwarding TCP connections from serveo.net:38234\r\n"
            "HTTP request from 192.0.2.1 to https://evil.serveo.net/\r\n"),
      ElementsAre("https://web.serveo.net", "serveo.net:38234"));
}

TEST(Dialect, of_pinggy_is_a_line_that_is_an_address_and_no_sentence_about_one) {
  EXPECT_THAT(
      heard(Service::pinggy,
            "You are not authenticated.\r\nYour tunnel will expire in 60 minutes. Upgrade to Pinggy Pro: "
            "https://dashboard.pinggy.io\r\n\r\nhttp://rnd.a.free.pinggy.link\r\n"
            "https://rnd.a.free.pinggy.link\r\ntcp://rnd.a.pinggy.link:38234\r\n"),
      ElementsAre("http://rnd.a.free.pinggy.link", "https://rnd.a.free.pinggy.link",
                  "rnd.a.pinggy.link:38234"));
}

constexpr std::string_view ours =
    "https://web.example\r\ntcp://example:38234\r\nended: web:80\r\nreplaced: web:80 is another client's "
    "now\r\n"
    R"({"event":"exposed","kind":"http","name":"api:443","url":"https://api.example"})"
    "\r\n"
    R"({"event":"exposed","name":":9000","address":"example:9000"})"
    "\r\n"
    R"({"event":"ended","name":"api:443"})"
    "\r\n"
    R"({"event":"request","request":"GET https://evil.example","url":"https://evil.example"})"
    "\r\n"
    R"({"method":"GET","path":"/","url":"https://evil.example"})"
    "\r\n200 GET https://evil.example\r\nrefused: web:80: taken\r\n";

TEST(Dialect, of_towline_is_an_address_a_line_or_json_that_tells_of_no_request) {
  for (std::size_t piece = 1; piece <= ours.size(); ++piece) {
    ASSERT_THAT(heard(Service::towline, ours, piece),
                ElementsAre("https://web.example", "example:38234", "not for web port 80",
                            "not for web port 80", "https://api.example for api port 443",
                            "example:9000 for  port 9000", "not for api port 443"))
        << piece;
  }
  for (const auto* line :
       {"refused: web:80: taken", R"({"event":"refused","name":"web:80","error":"taken"})"})
    EXPECT_TRUE(is_complaint(dialect_of(Service::towline), line)) << line;
}

TEST(Dialect, of_its_own_generic_has_no_address) {
  EXPECT_THAT(heard(Service::generic, "https://web.example\n"), IsEmpty());
  EXPECT_FALSE(dialect_of(Service::generic).tells_address);
}

TEST(Dialect, is_what_a_users_expression_says_where_there_is_one) {
  const auto pattern = text::RegularExpression::compile("^your url is: (\\S+)$");
  ASSERT_TRUE(pattern);
  EXPECT_THAT(heard(Service::generic,
                    "your url is: https://web.example\nHTTPS: https://other.example\nyour url is: nothing\n",
                    4096, &*pattern),
              ElementsAre("https://web.example"));
}

TEST(Dialect, knows_a_complaint_by_how_it_begins) {
  EXPECT_TRUE(is_complaint(dialect_of(Service::sandhole), "2025-01-31T10:00:03Z Error Cannot listen to TCP"));
  EXPECT_TRUE(is_complaint(dialect_of(Service::sandhole), "WARNING: The handler for a:80 has been dropped"));
  EXPECT_TRUE(is_complaint(dialect_of(Service::sish),
                           "The subdomain web.example is unavailable. Assigning a random subdomain."));
  EXPECT_FALSE(is_complaint(dialect_of(Service::sish), "Press Ctrl-C to close the session."));
  EXPECT_FALSE(is_complaint(dialect_of(Service::sish), "GET /error"));
}

}  // namespace
}  // namespace towline::publish
