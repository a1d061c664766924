// What a forward does with its single connections: PROXY headers, idle ones, too many, SOCKS clients.
#include "integration/fixtures/forwards.hpp"

#include <atomic>

namespace towline::fixtures {

namespace {

using namespace std::chrono_literals;
using namespace std::string_view_literals;

// A target that says what it was sent first.
class ProxyHeader : public Forwards {
 protected:
  // The first `size` bytes that the target got from a client of `entry_`, and the client's port.
  std::pair<std::string, std::uint16_t> first_bytes(std::size_t size, const std::string& version) {
    std::string got;
    std::atomic<bool> done = false;
    TcpServer target([&](Socket& socket) {
      if (done) return;
      got = socket.receive(size, 10s);
      done = true;
    });
    const auto towline = start(environment("-R " + loopback(entry_.number()) + ":" + loopback(target.port()) +
                                           " proxy_protocol=" + version));
    auto client = Socket::connect(entry_.number(), 5s);
    const auto port = client->local_port();
    client->send_all("hello", 5s);
    EXPECT_TRUE(eventually(10s, [&] { return done.load(); }));
    return {got, port};
  }
};

TEST_F(ProxyHeader, of_version_1_comes_before_the_data) {
  const auto size = ("PROXY TCP4 127.0.0.1 127.0.0.1 12345 " + text(entry_.number()) + "\r\nhello").size();
  const auto [got, port] = first_bytes(size, "v1");
  EXPECT_EQ(got, "PROXY TCP4 127.0.0.1 127.0.0.1 " + text(port) + " " + text(entry_.number()) + "\r\nhello");
}

TEST_F(ProxyHeader, of_version_2_comes_before_the_data) {
  const auto [got, port] = first_bytes(16 + 12 + 5, "v2");
  const auto big = [](std::uint16_t n) {
    return std::string{static_cast<char>(n >> 8U), static_cast<char>(n & 0xffU)};
  };
  EXPECT_EQ(got, std::string("\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\x7f\0\0\1\x7f\0\0\1"sv) + big(port) +
                     big(entry_.number()) + "hello");
}

TEST_F(ProxyHeader, of_a_client_without_an_address_says_unknown) {
  std::string got;
  std::atomic<bool> done = false;
  TcpServer target([&](Socket& socket) {
    got = socket.receive(20, 10s);
    done = true;
  });
  const auto towline =
      start(environment("-R " + path("r.sock") + ":" + loopback(target.port()) + " proxy_protocol=v1"));
  auto client = Socket::connect(path("r.sock"), 5s);
  ASSERT_TRUE(client && client->send_all("hello", 5s));
  ASSERT_TRUE(eventually(10s, [&] { return done.load(); }));
  EXPECT_EQ(got, "PROXY UNKNOWN\r\nhello");
}

TEST_F(Forwards, a_silent_connection_is_ended_after_the_idle_timeout_and_no_other) {
  FreePort silent, patient;
  const auto tcp = loopback(target_.port());
  const auto towline =
      start(environment("silent=-L " + loopback(silent.number()) + ":" + tcp + " idle_timeout=1s" +  //
                        ";patient=-L " + loopback(patient.number()) + ":" + tcp));
  auto kept = Socket::connect(patient.number(), 5s);
  auto ended = Socket::connect(silent.number(), 5s);
  ASSERT_TRUE(kept && echoes(*kept, 5s));
  ASSERT_TRUE(ended && echoes(*ended, 5s));
  const auto began = Clock::now();
  EXPECT_TRUE(ended->closed_within(20s));
  EXPECT_GE(Clock::now() - began, 900ms);
  EXPECT_TRUE(eventually(5s, [&] {
    return towline->metric("towline_connections_aborted_total",
                           {{"forward", "silent"}, {"reason", "idle_timeout"}}) == 1;
  }));
  EXPECT_TRUE(echoes(*kept, 5s));
}

TEST_F(Forwards, connections_beyond_the_limit_are_refused_and_counted_and_others_take_their_place) {
  FreePort local, remote;
  const auto tcp = loopback(target_.port());
  const auto towline =
      start(environment("local=-L " + loopback(local.number()) + ":" + tcp + " max_connections=2" +  //
                        ";remote=-R " + loopback(remote.number()) + ":" + tcp + " max_connections=2"));
  for (const auto& [name, port] : {std::pair{"local", local.number()}, {"remote", remote.number()}}) {
    auto one = Socket::connect(port, 5s);
    auto two = Socket::connect(port, 5s);
    ASSERT_TRUE(one && two && echoes(*one, 5s) && echoes(*two, 5s)) << name;
    auto three = Socket::connect(port, 5s);
    EXPECT_TRUE(!three || three->closed_within(5s)) << name;  // it may be reset before we look
    EXPECT_EQ(towline->metric("towline_connections_failed_total", {{"forward", name}, {"reason", "limit"}}),
              1);
    EXPECT_EQ(towline->metric("towline_connections_active", {{"forward", name}}), 2);
    EXPECT_EQ(towline->metric("towline_connections_limit", {{"forward", name}}), 2);
    one->close();
    EXPECT_TRUE(eventually(5s, [&] { return echoes(port, 1s); })) << name;
  }
}

class Socks : public Forwards {
 protected:
  std::unique_ptr<Towline> start_socks() {
    return start(environment("socks=-D " + loopback(entry_.number())));
  }

  // What the client is answered, until the end.
  std::string answer_to(std::string_view bytes, std::size_t size = 100) const {
    auto socket = Socket::connect(entry_.number(), 5s);
    if (!socket || !socket->send_all(bytes, 5s)) return "no connection";
    return socket->receive(size, 10s);
  }
};

TEST_F(Socks, early_data_is_not_lost) {
  const auto towline = start_socks();
  const auto port = target_.port();
  std::string request("\4\1", 2);
  request += static_cast<char>(port >> 8U);
  request += static_cast<char>(port & 0xffU);
  request += std::string("\x7f\0\0\1\0", 5) + std::string(3000, 'e');
  EXPECT_EQ(answer_to(request, 3008), std::string("\0\x5a\0\0\0\0\0\0", 8) + std::string(3000, 'e'));
}

TEST_F(Socks, a_client_in_the_middle_of_its_request_is_cut_with_the_session) {
  const auto towline = start_socks();
  auto client = Socket::connect(entry_.number(), 5s);
  ASSERT_TRUE(client && client->send_all("\5\1", 5s));
  auto other = through_socks(entry_.number(), target_.port());
  ASSERT_TRUE(other) << "so that towline has seen the first as well";
  sshd_.kill_sessions();
  EXPECT_TRUE(client->closed_within(10s));
  EXPECT_TRUE(towline->ready_within(10s));
  const auto failed = [&](const char* reason) {
    return towline->metric("towline_connections_failed_total", {{"forward", "socks"}, {"reason", reason}});
  };
  EXPECT_EQ(failed("not_up"), 1);
  EXPECT_EQ(failed("handshake"), 0);
}

TEST_F(Socks, what_cannot_be_done_is_answered_with_its_code_and_counted) {
  const auto towline = start_socks();
  FreePort nobody;
  std::string refused("\5\1\0\5\1\0\1\x7f\0\0\1", 11);
  refused += static_cast<char>(nobody.number() >> 8U);
  refused += static_cast<char>(nobody.number() & 0xffU);
  EXPECT_EQ(answer_to(refused + "early data"), "\5\0\5\5\0\1\0\0\0\0\0\0"sv);
  // The first of a kind is logged, those that follow are counted.
  EXPECT_EQ(answer_to("GET / HTTP/1.1\r\n\r\n"), "");
  EXPECT_EQ(answer_to("\5\1\2"), "\5\xff");
  EXPECT_EQ(answer_to("\5\1\0\5\2\0\1\x7f\0\0\1\0\1"sv), "\5\0\5\7\0\1\0\0\0\0\0\0"sv);
  EXPECT_EQ(answer_to("\4\2\0\1\x7f\0\0\1\0"sv), "\0\x5b\0\0\0\0\0\0"sv);
  const auto failed = [&](const char* reason) {
    return towline->metric("towline_connections_failed_total", {{"forward", "socks"}, {"reason", reason}});
  };
  EXPECT_EQ(failed("handshake"), 4);
  EXPECT_EQ(failed("channel_connect_failed"), 1);
  EXPECT_TRUE(towline->logged("this is not an HTTP proxy"));
  EXPECT_TRUE(towline->ready());
}

}  // namespace

}  // namespace towline::fixtures
