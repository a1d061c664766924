// Towline itself is stopped (docker pause, a stalled VM, no processor): what it could not hear is no
// evidence.
#include "integration/fixtures/hints.hpp"

#include <csignal>
#include <cstdint>
#include <fstream>
#include <functional>
#include <string>

namespace towline::fixtures {

namespace {

using namespace std::chrono_literals;

// Longer than any deadline that the tests set. `meanwhile` happens at the beginning.
void pause(Towline& towline, const std::function<void()>& meanwhile = [] {}) {
  const auto pid = towline.process().pid();
  ASSERT_EQ(::kill(pid, SIGSTOP), 0);
  meanwhile();
  throughout(6s, [] { return true; });
  ASSERT_EQ(::kill(pid, SIGCONT), 0);
}

class Paused : public TunnelModeTest {};

// The server itself asks for nothing, so that nothing waits in the socket when we wake up.
TEST_P(Paused, beyond_the_dead_peer_deadline_keeps_its_session_and_its_connections) {
  EchoServer target;
  auto variables = environment(GetParam(), target.port());
  variables["SSH_SERVER_ALIVE_INTERVAL"] = "1";
  variables["SSH_SERVER_ALIVE_COUNT_MAX"] = "1";
  variables["TOWLINE_IDLE_TIMEOUT"] = "5s";
  const auto towline = start(std::move(variables));
  auto client = Socket::connect(entry_.number(), 5s);
  ASSERT_TRUE(client);
  auto& idle = *client;
  ASSERT_TRUE(idle.send_all("before", 5s));
  ASSERT_EQ(idle.receive(6, 5s), "before");
  pause(*towline);
  EXPECT_EQ(towline->status("/livez"), 200);
  EXPECT_EQ(towline->status("/readyz"), 200);
  EXPECT_TRUE(idle.send_all("behind", 5s));
  EXPECT_EQ(idle.receive(6, 5s), "behind");
  // A question has been asked and answered since.
  EXPECT_TRUE(throughout(3s, [&] { return towline->ready(); })) << towline->log();
  EXPECT_EQ(towline->metric("towline_ssh_disconnects_total"), 0) << towline->log();
}

TEST_P(Paused, while_the_server_dies_finds_it_out) {
  EchoServer target;
  auto variables = environment(GetParam(), target.port());
  variables["SSH_SERVER_ALIVE_INTERVAL"] = "1";
  variables["SSH_SERVER_ALIVE_COUNT_MAX"] = "1";
  const auto towline = start(std::move(variables));
  pause(*towline, [&] { sshd_.freeze(); });
  const auto awake = Clock::now();
  EXPECT_TRUE(eventually(30s, [&] {
    return towline->metric("towline_ssh_disconnects_total", {{"reason", "rx_timeout"}}) == 1;
  })) << towline->log();
  EXPECT_LE(elapsed_since(awake), 3s) << "interval * (count + 1) + 1 s";
  sshd_.thaw();
}

INSTANTIATE_TEST_SUITE_P(Modes, Paused, testing::Values(Mode::local, Mode::remote), mode_name);

// Bytes have come to a socket of the server's port, and nobody has read them.
bool has_unread(std::uint16_t port) {
  std::ifstream table("/proc/net/tcp");
  std::string line;
  std::getline(table, line);
  for (std::string number, local, remote, state, queues;
       table >> number >> local >> remote >> state >> queues;) {
    std::getline(table, line);
    const bool of_port = std::stoul(local.substr(local.find(':') + 1), nullptr, 16) == port;
    if (of_port && state == "01" && std::stoul(queues.substr(queues.find(':') + 1), nullptr, 16) > 0)
      return true;
  }
  return false;
}

class PausedLogin : public Hints {};

TEST_F(PausedLogin, takes_the_answers_that_have_come_meanwhile) {
  auto variables = environment();
  variables["SSH_CONNECT_TIMEOUT"] = "3s";
  variables["TOWLINE_LOG_LEVEL"] = "debug";
  sshd_.freeze();
  Towline towline(dir_, variables);
  ASSERT_TRUE(eventually(30s, [&] { return has_unread(sshd_.port()); })) << towline.log();
  pause(towline, [&] { sshd_.thaw(); });
  EXPECT_TRUE(towline.ready_within(30s)) << towline.log();
  EXPECT_EQ(towline.metric("towline_ssh_connect_failures_total"), 0) << towline.log();
}

}  // namespace

}  // namespace towline::fixtures
