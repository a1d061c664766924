// Connections that wait for their target: counted, bounded, and let go with their client.
#include "integration/fixtures/forwards.hpp"

#include <sys/socket.h>

namespace towline::fixtures {

namespace {

using namespace std::chrono_literals;

// A target whose queue is full: whoever connects waits, until it answers.
class Waiting : public Forwards {
 protected:
  Waiting() : listener_(Socket::listen(port_.number())) {
    ::listen(listener_->fd(), 0);
    while (auto socket = Socket::connect(port_.number(), 300ms)) queue_.push_back(std::move(*socket));
  }

  // Takes what is in the queue, and then what has waited for it and says this.
  Socket answer(std::string_view question) {
    queue_.clear();
    Socket next;
    do {
      next = Socket(::accept(listener_->fd(), nullptr, nullptr));
    } while (next.receive(question.size() + 1, patience) != question);
    return next;
  }

  std::string target() const { return loopback(port_.number()); }

  static bool waits(const Towline& towline, int connections) {
    return eventually(patience, [&] { return towline.metric("towline_connections_waiting") == connections; });
  }
  static double failed(const Towline& towline, const char* reason) {
    return towline.metric("towline_connections_failed_total", {{"reason", reason}});
  }

  FreePort port_;
  std::optional<Socket> listener_;
  std::vector<Socket> queue_;
};

TEST_F(Waiting, ends_with_a_client_that_resets) {
  const auto towline =
      start(environment("-L " + loopback(entry_.number()) + ":" + target() + " max_connections=1"));
  auto client = Socket::connect(entry_.number(), 5s);
  ASSERT_TRUE(client && waits(*towline, 1));
  EXPECT_NE(towline->get("/statusz").body.find("\"connections_waiting\":1"), std::string::npos);
  auto too_many = Socket::connect(entry_.number(), 5s);
  EXPECT_TRUE(!too_many || too_many->closed_within(5s));
  EXPECT_EQ(failed(*towline, "limit"), 1);
  client->reset_on_close();
  client->close();
  EXPECT_TRUE(waits(*towline, 0)) << "long before TOWLINE_TARGET_TIMEOUT";
  EXPECT_EQ(failed(*towline, "client_reset"), 1);
  const auto next = Socket::connect(entry_.number(), 5s);
  EXPECT_TRUE(waits(*towline, 1)) << "the place is free";
  EXPECT_EQ(failed(*towline, "limit"), 1);
}

TEST_F(Waiting, ends_with_a_socks_client_that_resets) {
  const auto towline = start(environment("-D " + loopback(entry_.number())));
  auto client = Socket::connect(entry_.number(), 5s);
  ASSERT_TRUE(client && client->send_all("\5", 5s) && waits(*towline, 1)) << "half a greeting";
  std::string rest("\1\0\5\1\0\1\x7f\0\0\1", 10);
  rest += static_cast<char>(port_.number() >> 8U);
  rest += static_cast<char>(port_.number() & 0xffU);
  ASSERT_TRUE(client->send_all(rest, 5s) && client->receive(2, 5s).size() == 2);
  client->reset_on_close();
  client->close();
  EXPECT_TRUE(waits(*towline, 0));
  EXPECT_EQ(failed(*towline, "client_reset") + failed(*towline, "handshake"), 1);
}

TEST_F(Waiting, ends_with_a_client_that_closes_its_unix_socket) {
  const auto towline = start(environment("-L " + path("entry.sock") + ":" + target()));
  auto client = Socket::connect(path("entry.sock"), 5s);
  ASSERT_TRUE(client && client->send_all("hello", 5s) && waits(*towline, 1));
  client->close();
  EXPECT_TRUE(waits(*towline, 0));
  EXPECT_EQ(failed(*towline, "client_reset"), 1);
}

TEST_F(Waiting, goes_on_for_a_client_that_has_said_everything) {
  const auto towline = start(environment("-L " + loopback(entry_.number()) + ":" + target()));
  auto client = Socket::connect(entry_.number(), 5s);
  ASSERT_TRUE(client && client->send_all("question", 5s));
  client->shutdown_write();
  ASSERT_TRUE(waits(*towline, 1));
  auto served = answer("question");
  ASSERT_TRUE(served.send_all("answer", 5s));
  EXPECT_EQ(client->receive(6, patience), "answer");
  EXPECT_EQ(failed(*towline, "client_reset"), 0);
}

TEST_F(Waiting, is_bounded_by_the_places_of_the_forward_and_by_time) {
  auto variables = environment("-R " + loopback(entry_.number()) + ":" + target() + " max_connections=2");
  variables["TOWLINE_TARGET_TIMEOUT"] = "3s";
  const auto towline = start(std::move(variables));
  std::vector<std::optional<Socket>> clients;
  for (int i = 0; i < 3; ++i) clients.push_back(Socket::connect(entry_.number(), 5s));
  EXPECT_TRUE(eventually(patience, [&] { return failed(*towline, "limit") == 1; }));
  EXPECT_TRUE(eventually(patience, [&] { return failed(*towline, "target_timeout") == 2; }));
  EXPECT_TRUE(waits(*towline, 0));
}

}  // namespace

}  // namespace towline::fixtures
