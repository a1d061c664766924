#include "expose/tls/client_hello.hpp"
#include "unit/expose/tls/test_certificate.hpp"
#include "unit/expose/tls/tls_guest.hpp"
#include "unit/expose/web/web_talk.hpp"

#include <gmock/gmock.h>

namespace towline::expose::web {

namespace {

using std::chrono::steady_clock;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;

constexpr std::string_view asks = "GET / HTTP/1.1\r\nHost: web.test\r\n\r\n";
constexpr std::string_view yes = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nyes";

class Entrances : public WebTalk {
 protected:
  void leave_until(Deadline deadline) { begin(close(*entrance_, deadline), closed_); }
  static Task<bool> close(Entrance& entrance, Deadline deadline) {
    co_await entrance.close(deadline);
    co_return true;
  }

  std::optional<bool> closed_;
};

TEST_F(Entrances, leaving_ends_who_waits_and_lets_finish_who_is_answered) {
  auto& idle = guest(asks);
  say(hears("\r\n\r\n"), yes);
  until_heard(idle, "yes");
  until_reported(1);
  auto& asking = guest("POST / HTTP/1.1\r\nHost: web.test\r\nContent-Length: 1\r\n\r\nx");
  auto& server = hears("\r\n\r\nx", 1);
  leave_until(steady_clock::now() + std::chrono::hours(1));
  until_end(idle);
  turn_until([&] { return entrance_->visitors() == 1; });
  say(server, yes);
  until_end(asking);
  EXPECT_THAT(asking.heard, HasSubstr("Connection: close\r\n"));
  EXPECT_THAT(asking.heard, EndsWith("yes"));
  asking.socket.close();
  turn_until([&] { return closed_.has_value(); });
}

TEST_F(Entrances, at_the_deadline_who_is_still_there_is_cut) {
  auto& visitor = guest(asks);
  hears("\r\n\r\n");
  leave_until(steady_clock::now());
  turn_until([&] { return closed_.has_value(); });
  until_end(visitor);
  EXPECT_EQ(hosts_.inside, 0);
  turn_until([&] { return served_at(0).ended; });
}

TEST_F(Entrances, at_the_limit_whoever_is_silent_longest_gives_way) {
  limits_.visitors_max = 2;
  auto& first = guest();
  turn_until([&] { return hosts_.inside == 1; });
  auto& second = guest();
  turn_until([&] { return hosts_.inside == 2; });
  auto& third = guest(asks);
  until_end(first);
  say(hears("\r\n\r\n"), yes);
  until_heard(third, "yes");
  EXPECT_FALSE(second.heard_end());
}

TEST_F(Entrances, who_goes_in_the_middle_leaves_nothing_behind) {
  for (int i = 0; i < 200; ++i) {
    auto& visitor = guest(asks);
    auto& server = hears("\r\n\r\n", static_cast<std::size_t>(i));
    if (i % 3 == 0) say(server, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhal");
    if (i % 2 == 0) {
      visitor.socket.set_option(asio::socket_base::linger(true, 0));
      visitor.socket.close();
    } else {
      server.channel.close();
    }
    turn_until([&] { return visitor.heard_end() || visitor.heard.find("no_answer") != std::string::npos; });
    if (visitor.socket.is_open()) visitor.socket.close();
  }
  turn_until([&] { return hosts_.inside == 0 && entrance_->visitors() == 0; });
  turn_until([&] { return near_.channels() == 0; });
}

class TlsEntrances : public Entrances {
 protected:
  TlsEntrances() {
    folder_.put("", tls::make_certificate("DNS:own.test"));
    folder_.put("a/", tls::make_certificate("DNS:web.test"));
    files_.emplace(folder_.path(), log_);
    certificates_ = &*files_;
    door_ = Door::tls;
  }
  ~TlsEntrances() override {
    for (auto& visitor : tls_guests_) {
      visitor.stream.next_layer().close();
      turn_until([&] { return visitor.visited.has_value(); });
    }
    finish();
  }

  tls::TlsGuest& secure(const std::string& name) {
    if (!entrance_) open();
    auto& visitor = tls_guests_.emplace_back(io);
    begin(visitor.visit(port_, name), visitor.visited);
    turn_until([&] { return visitor.shaken.has_value(); });
    return visitor;
  }
  void say_to(tls::TlsGuest& visitor, std::string_view text) {
    std::optional<bool> said;
    begin(visitor.say(std::string(text)), said);
    turn_until([&] { return said.has_value(); });
  }

  const tls::CertificateFolder folder_;
  const observe::Log log_{observe::Options{}, [](std::string_view) {}};
  std::optional<tls::CertificateFiles> files_;
  std::list<tls::TlsGuest> tls_guests_;
};

TEST_F(TlsEntrances, the_certificate_is_that_of_the_name_and_https_is_told_to_the_server) {
  auto& visitor = secure("web.test");
  ASSERT_FALSE(*visitor.shaken) << visitor.shaken->message();
  EXPECT_EQ(visitor.certificate_name(), "web.test");
  say_to(visitor, asks);
  auto& server = hears("\r\n\r\n");
  EXPECT_THAT(server.heard, HasSubstr("X-Forwarded-Proto: https\r\nX-Forwarded-Port: 443\r\n"));
  say(server, yes);
  turn_until([&] { return visitor.heard.ends_with("yes"); });
  EXPECT_EQ(secure("unknown.test").certificate_name(), "own.test");
}

TEST_F(TlsEntrances, a_client_that_passes_tls_through_gets_every_byte) {
  hosts_.passed["pass.test"] = offer_;
  open();
  auto& visitor = tls_guests_.emplace_back(io);
  begin(visitor.visit(port_, "pass.test"), visitor.visited);
  turn_until([&] { return !served_.empty() && served_at(0).heard.size() > 5; });
  const auto seen = tls::parse_client_hello(served_at(0).heard);
  ASSERT_TRUE(std::holds_alternative<tls::ClientHello>(seen));
  EXPECT_EQ(std::get<tls::ClientHello>(seen).server_name, "pass.test");
  say(served_at(0), std::string("\x15\x03\x03\x00\x02\x02\x28", 7));  // handshake_failure
  turn_until([&] { return visitor.shaken.has_value(); });
  EXPECT_THAT(visitor.shaken->message(), HasSubstr("handshake failure"));
  EXPECT_THAT(observer_.no_handshakes, ElementsAre());
}

TEST_F(TlsEntrances, who_does_not_speak_tls_is_counted_and_left) {
  auto& visitor = guest(asks);
  until_end(visitor);
  EXPECT_EQ(visitor.heard, "");
  EXPECT_EQ(observer_.no_handshakes.size(), 1U);
}

TEST_F(TlsEntrances, more_handshakes_than_may_be_at_once_are_refused) {
  limits_.handshakes_max = 1;
  guest();
  turn_until([&] { return hosts_.inside == 1; });
  auto& second = guest();
  until_end(second);
  EXPECT_THAT(observer_.refused, ElementsAre("full"));
}

TEST_F(TlsEntrances, large_answers_are_whole_within_tls) {
  auto& visitor = secure("web.test");
  say_to(visitor, asks);
  std::string body;
  for (int i = 0; i < 2'000'000; ++i) body += static_cast<char>('a' + (i * 7 + i / 1000) % 26);
  say(hears("\r\n\r\n"), "HTTP/1.1 200 OK\r\nContent-Length: 2000000\r\n\r\n" + body);
  turn_until([&] { return visitor.heard.size() >= body.size() + 40; });
  until_reported(1);
  turn_until([&] { return visitor.heard.ends_with(body.substr(body.size() - 100)); });
  EXPECT_EQ(visitor.heard.substr(visitor.heard.find("\r\n\r\n") + 4), body);
}

}  // namespace

}  // namespace towline::expose::web
