// The traps that are about time: when a peer counts as dead, and how attempts follow each other.
#include "integration/fixtures/openssh_client.hpp"
#include "integration/fixtures/tunnel.hpp"

#include <mutex>

namespace towline::fixtures {

namespace {

using namespace std::chrono_literals;
using Words = std::vector<std::string>;

constexpr auto limit = 60s;

class TrapsTiming : public TunnelTest {
 protected:
  Words local_words() const {
    return {"-L", "127.0.0.1:" + std::to_string(other_entry_.number()) +
                      ":127.0.0.1:" + std::to_string(target_.port())};
  }

  static Words keepalive(int interval, int count) {
    return {"ServerAliveInterval=" + std::to_string(interval),
            "ServerAliveCountMax=" + std::to_string(count)};
  }

  Environment with_keepalive(const char* interval, const char* count) const {
    auto variables = environment(Mode::local, target_.port());
    variables["SSH_SERVER_ALIVE_INTERVAL"] = interval;
    variables["SSH_SERVER_ALIVE_COUNT_MAX"] = count;
    return variables;
  }

  FreePort other_entry_;  // of ssh or autossh
  EchoServer target_;
};

TEST_F(TrapsTiming, _7_a_silent_peer_is_dead_after_interval_times_count_plus_1_with_ssh_and_here) {
  OpensshClient ssh(dir_, sshd_, key_, local_words(), keepalive(1, 1));
  const auto towline = start(with_keepalive("1", "1"));
  ASSERT_TRUE(eventually(limit, [&] { return echoes(other_entry_.number(), 1s); }));
  sshd_.freeze();
  const auto frozen = Clock::now();
  Milliseconds towline_took{0};
  const auto lost = [&] {
    return towline->metric("towline_ssh_disconnects_total", {{"reason", "rx_timeout"}}) == 1;
  };
  EXPECT_TRUE(eventually(limit, lost));
  towline_took = elapsed_since(frozen);
  EXPECT_EQ(ssh.process().exit_code(limit), 255);
  const auto both_took = elapsed_since(frozen);
  sshd_.thaw();
  // The last byte came up to an interval before; 1 x (1 + 1) = 2 s.
  EXPECT_GE(towline_took, 900ms);
  EXPECT_LE(towline_took, 10s);
  EXPECT_GE(both_took, 900ms);
  EXPECT_LE(both_took, 10s);
  EXPECT_NE(ssh.log().find("not responding"), std::string::npos) << ssh.log();
}

TEST_F(TrapsTiming, _7_count_0_drops_a_healthy_idle_session_with_ssh_and_never_here) {
  OpensshClient ssh(dir_, sshd_, key_, local_words(), keepalive(1, 0));
  const auto towline = start(with_keepalive("1", "0"));
  EXPECT_EQ(ssh.process().exit_code(limit), 255);
  EXPECT_TRUE(throughout(1500ms, [&] { return towline->ready(); }));
  EXPECT_EQ(towline->metric("towline_ssh_disconnects_total"), 0);
  EXPECT_TRUE(towline->logged("a server that falls silent is never declared dead"));
}

TEST_F(TrapsTiming, _7_before_authentication_the_connect_timeout_ends_a_hang_that_ssh_sits_out) {
  TcpServer mute([](Socket& socket) { socket.receive(mebibyte, limit); });
  auto words = ssh_words(sshd_, key_, local_words(), keepalive(1, 1));
  words[words.size() - 2] = std::to_string(mute.port());
  Autossh autossh(dir_, words, {{"AUTOSSH_GATETIME", "0"}});
  auto variables = with_keepalive("1", "1");
  variables["SSH_REMOTE_PORT"] = std::to_string(mute.port());
  variables["SSH_CONNECT_TIMEOUT"] = "1";
  const Towline towline(dir_, variables);
  ASSERT_TRUE(
      eventually(limit, [&] { return autossh.log().find("Connection established") != std::string::npos; }));
  const auto ssh = descendants_of(autossh.process().pid());
  const auto tried_again = [&] { return towline.metric("towline_ssh_connect_attempts_total") >= 4; };
  EXPECT_TRUE(eventually(limit, tried_again));
  EXPECT_EQ(descendants_of(autossh.process().pid()), ssh) << "its keepalive time has passed, 1 x (1 + 1) s";
}

// Takes connections, hangs up, and remembers when.
class HangsUp {
 public:
  std::uint16_t port() const { return server_.port(); }

  // From the first connection to the `nth`; nothing when it did not come.
  std::optional<Milliseconds> until_connection(std::size_t nth) {
    const auto came = [&] {
      const std::lock_guard lock(mutex_);
      return times_.size() >= nth;
    };
    if (!eventually(limit, came)) return std::nullopt;
    const std::lock_guard lock(mutex_);
    return std::chrono::duration_cast<Milliseconds>(times_[nth - 1] - times_[0]);
  }

 private:
  std::mutex mutex_;
  std::vector<Clock::time_point> times_;
  TcpServer server_{[this](Socket&) {
    const std::lock_guard lock(mutex_);
    times_.push_back(Clock::now());
  }};
};

TEST_F(TrapsTiming, _8_nine_attempts_hit_a_refusing_server_at_once_with_autossh_and_are_spread_here) {
  HangsUp for_autossh;
  HangsUp for_towline;
  auto words = ssh_words(sshd_, key_, local_words());
  words[words.size() - 2] = std::to_string(for_autossh.port());
  Autossh autossh(dir_, words, {{"AUTOSSH_GATETIME", "0"}, {"AUTOSSH_POLL", "30"}});
  auto variables = environment(Mode::local, target_.port());
  variables["SSH_REMOTE_PORT"] = std::to_string(for_towline.port());
  variables["AUTOSSH_POLL"] = "30";
  const Towline towline(dir_, variables);
  const auto ninth = for_autossh.until_connection(9);
  const auto twelfth = for_autossh.until_connection(12);
  ASSERT_TRUE(ninth && twelfth);
  EXPECT_LT(*ninth, 5s);
  EXPECT_GE(*twelfth - *ninth, 5900ms) << "it sleeps 1, 2 and 3 s";
  // Eight pauses of up to 500 ms and more, at random: their sum is below 400 ms once in 200 000 times.
  const auto ours = for_towline.until_connection(9);
  ASSERT_TRUE(ours);
  EXPECT_GE(*ours, 400ms);
}

TEST_F(TrapsTiming, _8_a_lost_session_is_back_as_soon_as_with_autossh) {
  Autossh autossh(dir_, ssh_words(sshd_, key_, local_words()), {{"AUTOSSH_GATETIME", "0"}});
  const auto towline = start(with_keepalive("10", "3"));
  ASSERT_TRUE(eventually(limit, [&] { return echoes(other_entry_.number(), 1s); }));
  sshd_.kill_sessions();
  const auto killed = Clock::now();
  EXPECT_TRUE(eventually(limit, [&] { return echoes(entry_.number(), 200ms); }));
  EXPECT_LT(elapsed_since(killed), 5s);
  EXPECT_TRUE(eventually(limit, [&] { return echoes(other_entry_.number(), 200ms); }));
}

}  // namespace

}  // namespace towline::fixtures
