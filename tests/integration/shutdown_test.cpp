#include "integration/fixtures/tunnel.hpp"

#include <signal.h>

namespace towline::fixtures {

namespace {

using namespace std::chrono_literals;

class Shutdown : public TunnelModeTest {
 protected:
  EchoServer target_;

  static bool echo(Socket& socket, std::string_view word) {
    return socket.send_all(word, 2s) && socket.receive(word.size(), 2s) == word;
  }

  static bool draining(const Towline& towline) {
    return eventually(3s, [&] { return towline.status("/readyz") == 503; });
  }
};

TEST_P(Shutdown, lets_an_open_connection_finish_and_exits_with_0) {
  const auto towline = start(environment(GetParam(), target_.port()));
  auto client = Socket::connect(entry_.number(), 2s);
  ASSERT_TRUE(client && echo(*client, "before"));
  towline->terminate();
  EXPECT_TRUE(draining(*towline));
  EXPECT_TRUE(echo(*client, "while it drains"));
  EXPECT_FALSE(echoes(entry_.number(), 500ms)) << "a new connection was taken";
  client->shutdown_write();
  EXPECT_TRUE(client->closed_within(2s));
  EXPECT_EQ(towline->process().exit_code(2s), 0);
  EXPECT_TRUE(Socket::listen(entry_.number())) << "the port is not free";
}

TEST_P(Shutdown, finishes_a_transfer_that_is_under_way) {
  SourceSink source;
  auto variables = environment(GetParam(), source.port());
  variables["TOWLINE_DRAIN_TIMEOUT"] = "60s";  // however busy the machine is
  const auto towline = start(std::move(variables));
  Verdict verdict;
  std::thread transfer([&] {
    verdict = converse(entry_.number(), {.send_bytes = 0, .receive_bytes = scaled(500 * mebibyte)}, 60s);
  });
  const auto under_way = [&] {
    return towline->metric("towline_received_bytes_total") + towline->metric("towline_sent_bytes_total") >
           1e6;
  };
  EXPECT_TRUE(eventually(10s, under_way));
  towline->terminate();
  transfer.join();
  EXPECT_EQ(verdict.problem, "");
  EXPECT_EQ(towline->process().exit_code(10s), 0);
}

TEST_P(Shutdown, aborts_what_is_still_open_after_the_drain_timeout) {
  auto variables = environment(GetParam(), target_.port());
  variables["TOWLINE_DRAIN_TIMEOUT"] = "1s";
  const auto towline = start(std::move(variables));
  auto client = Socket::connect(entry_.number(), 2s);
  ASSERT_TRUE(client && echo(*client, "before"));
  const auto begin = Clock::now();
  towline->terminate();
  EXPECT_EQ(towline->process().exit_code(5s), 0);
  EXPECT_GE(elapsed_since(begin), 900ms);
  EXPECT_LT(elapsed_since(begin), 3s);
  EXPECT_TRUE(client->closed_within(2s));
  EXPECT_TRUE(eventually(1s, [&] { return Socket::listen(entry_.number()).has_value(); }));
}

TEST_P(Shutdown, a_second_signal_ends_it_at_once) {
  const auto towline = start(environment(GetParam(), target_.port()));
  auto client = Socket::connect(entry_.number(), 2s);
  ASSERT_TRUE(client && echo(*client, "before"));
  const auto first = Clock::now();
  towline->terminate();
  EXPECT_TRUE(draining(*towline));
  EXPECT_TRUE(eventually(2s, [&] { return elapsed_since(first) > 350ms; }));
  const auto second = Clock::now();
  towline->terminate();
  EXPECT_EQ(towline->process().exit_code(5s), 128 + SIGTERM);
  EXPECT_LT(elapsed_since(second), 2s) << "the drain timeout is 8 s";
}

// It tells its child, and then its whole group.
TEST_P(Shutdown, that_timeout_asks_for_drains) {
  for (const int number : {SIGTERM, SIGINT}) {
    Towline towline(dir_, environment(GetParam(), target_.port()), {},
                    {"/usr/bin/timeout", "--preserve-status", "600"});
    ASSERT_TRUE(towline.ready_within(patience));
    auto client = Socket::connect(entry_.number(), 2s);
    ASSERT_TRUE(client && echo(*client, "before"));
    towline.process().signal(number);
    EXPECT_TRUE(draining(towline));
    EXPECT_TRUE(echo(*client, "while it drains"));
    client->shutdown_write();
    EXPECT_TRUE(client->closed_within(2s));
    EXPECT_EQ(towline.process().exit_code(5s), 0) << number;
    EXPECT_TRUE(towline.logged("shutdown.done"));
  }
}

TEST_P(Shutdown, without_connections_is_immediate) {
  const auto towline = start(environment(GetParam(), target_.port()));
  const auto begin = Clock::now();
  towline->process().signal(SIGINT);
  EXPECT_EQ(towline->process().exit_code(5s), 0);
  EXPECT_LT(elapsed_since(begin), 2s);
  EXPECT_TRUE(Socket::listen(entry_.number())) << "the port is not free";
}

TEST_P(Shutdown, works_while_the_server_is_not_there) {
  sshd_.kill_all();
  Towline towline(dir_, environment(GetParam(), target_.port()));
  const auto tried = [&] { return towline.metric("towline_ssh_connect_failures_total") >= 1; };
  ASSERT_TRUE(eventually(5s, tried));
  towline.terminate();
  EXPECT_EQ(towline.process().exit_code(2s), 0);
}

INSTANTIATE_TEST_SUITE_P(Modes, Shutdown, testing::Values(Mode::local, Mode::remote), mode_name);

}  // namespace

}  // namespace towline::fixtures
