// Through two jump hosts, each a real sshd with keys of its own.
#include "integration/fixtures/tunnel.hpp"

#include <algorithm>

namespace towline::fixtures {

namespace {

using namespace std::chrono_literals;

class JumpHosts : public testing::Test {
 protected:
  struct Server {
    Server(TempDir& dir, KeyType type, std::vector<std::string> config = {})
        : key(make_key(dir)), sshd(dir, type, std::move(config)) {
      sshd.authorize(key);
      sshd.start();
    }

    std::string name() const { return "127.0.0.1:" + std::to_string(sshd.port()); }

    KeyPair key;
    Sshd sshd;
  };

  explicit JumpHosts(std::vector<std::string> second_config = {})
      : first_(dir_, KeyType::ed25519),
        second_(dir_, KeyType::ecdsa, std::move(second_config)),
        server_(dir_, KeyType::rsa_4096) {}

  Environment environment(Mode mode, std::uint16_t target_port) {
    auto variables = tunnel_environment(server_.sshd, server_.key, mode, entry_.number(), target_port);
    const auto known_hosts = dir_.fresh_path("known_hosts", "");
    for (const auto* server : {&first_, &second_, &server_}) {
      append_file(known_hosts, read_file(server->sshd.known_hosts_file()));
    }
    variables["SSH_KNOWN_HOSTS_FILE"] = known_hosts;
    const auto& user = first_.sshd.user();
    variables["SSH_JUMP_HOSTS"] = user + "@" + first_.name() + "," + user + "@" + second_.name();
    variables["SSH_JUMP_KEY_FILE"] = first_.key.private_file + "," + second_.key.private_file;
    return variables;
  }

  // Of the log lines with `event`: one with all of `words`.
  static bool says(const std::string& log, std::string_view event, const std::vector<std::string>& words) {
    for (std::size_t at = 0; at < log.size();) {
      const auto end = std::min(log.find('\n', at), log.size());
      const auto line = log.substr(at, end - at);
      at = end + 1;
      const auto in_line = [&](const std::string& word) { return line.find(word) != std::string::npos; };
      if (line.find(event) != std::string::npos && std::ranges::all_of(words, in_line)) return true;
    }
    return false;
  }

  // Waits for it.
  static bool says_soon(const Towline& towline, std::string_view event,
                        const std::vector<std::string>& words) {
    return eventually(20s, [&] { return says(towline.log(), event, words); });
  }

  TempDir dir_;
  FreePort entry_;
  Server first_;
  Server second_;
  Server server_;
};

class JumpHostModes : public JumpHosts, public testing::WithParamInterface<Mode> {};

TEST_P(JumpHostModes, carry_verified_data_both_ways_and_half_closed) {
  SourceSink target;
  Towline towline(dir_, environment(GetParam(), target.port()));
  ASSERT_TRUE(towline.ready_within(20s));
  EXPECT_EQ(towline.metric("towline_forward_host_key_verified"), 1);
  std::vector<Conversation> all;
  for (std::uint64_t i = 1; i <= 4; ++i) {
    all.push_back(
        {.send_bytes = mebibyte, .receive_bytes = 4 * mebibyte, .seed = i, .answer_after_eof = i % 2 == 0});
  }
  EXPECT_EQ(converse_all(entry_.number(), all, 60s), std::vector<std::string>{});
  towline.terminate();
  EXPECT_EQ(towline.process().exit_code(10s), 0);
  EXPECT_TRUE(eventually(5s, [&] {
    return first_.sshd.log().find("towline is leaving") != std::string::npos;
  })) << "no goodbye to the first jump host";
}

TEST_P(JumpHostModes, that_are_lost_are_named_and_the_tunnel_comes_back) {
  EchoServer target;
  Towline towline(dir_, environment(GetParam(), target.port()));
  ASSERT_TRUE(towline.ready_within(20s));
  ASSERT_TRUE(echoes(entry_.number(), 5s));
  for (auto* hop : {&second_, &first_}) {
    hop->sshd.kill_sessions();
    EXPECT_TRUE(says_soon(towline, "ssh.disconnected", {"jump host " + hop->name()}));
    EXPECT_TRUE(eventually(30s, [&] { return echoes(entry_.number(), 1s); })) << "not after " << hop->name();
  }
  server_.sshd.kill_sessions();
  EXPECT_TRUE(eventually(20s, [&] { return towline.metric("towline_ssh_disconnects_total") == 3; }));
  EXPECT_TRUE(eventually(30s, [&] { return echoes(entry_.number(), 1s); }));
}

INSTANTIATE_TEST_SUITE_P(Modes, JumpHostModes, testing::Values(Mode::local, Mode::remote), mode_name);

TEST_F(JumpHosts, that_freeze_are_given_up_by_the_keepalive) {
  EchoServer target;
  auto variables = environment(Mode::local, target.port());
  variables["SSH_SERVER_ALIVE_INTERVAL"] = "1";
  variables["SSH_SERVER_ALIVE_COUNT_MAX"] = "1";
  Towline towline(dir_, variables);
  ASSERT_TRUE(towline.ready_within(20s));
  first_.sshd.freeze();
  EXPECT_TRUE(says_soon(towline, "ssh.disconnected", {"rx_timeout", "jump host " + first_.name()}));
  first_.sshd.thaw();
  EXPECT_TRUE(eventually(30s, [&] { return echoes(entry_.number(), 1s); }));
}

TEST_F(JumpHosts, that_freeze_while_the_next_shakes_hands_are_named) {
  EchoServer target;
  second_.sshd.freeze();
  auto variables = environment(Mode::local, target.port());
  variables["SSH_SERVER_ALIVE_INTERVAL"] = "1";
  variables["SSH_SERVER_ALIVE_COUNT_MAX"] = "1";
  Towline towline(dir_, variables);
  ASSERT_TRUE(eventually(30s, [&] { return first_.sshd.log().find("direct-tcpip") != std::string::npos; }));
  first_.sshd.freeze();
  EXPECT_TRUE(says_soon(towline, "ssh.connect_failed",
                        {"jump host " + first_.name(), "reason=timeout", "keepalive deadline",
                         "hint=\"the server or the path to it stopped responding"}));
  EXPECT_GE(towline.metric("towline_ssh_connect_failures_total", {{"reason", "timeout"}}), 1);
  first_.sshd.thaw();
  second_.sshd.thaw();
}

TEST_F(JumpHosts, with_a_changed_key_are_refused_under_their_own_name) {
  EchoServer target;
  first_.sshd.kill_all();
  first_.sshd.change_host_key();
  first_.sshd.start();
  Towline towline(dir_, environment(Mode::remote, target.port()));
  EXPECT_TRUE(
      says_soon(towline, "ssh.host_key",
                {"jump host " + first_.name(), first_.sshd.host_key().fingerprint(), "reason=host_key"}));
  EXPECT_EQ(first_.sshd.log().find("userauth-request"), std::string::npos) << "it went on to authenticate";
  EXPECT_FALSE(towline.ready());
}

TEST_F(JumpHosts, that_refuse_our_key_are_named_with_what_to_do) {
  EchoServer target;
  auto variables = environment(Mode::local, target.port());
  variables["SSH_JUMP_KEY_FILE"] = first_.key.private_file;
  Towline towline(dir_, variables);
  EXPECT_TRUE(says_soon(towline, "ssh.auth_failed",
                        {"jump host " + second_.name(), "SSH_JUMP_KEY_FILE", "reason=auth"}));
}

TEST_F(JumpHosts, are_each_accepted_on_first_use_without_a_known_hosts_file) {
  EchoServer target;
  auto variables = environment(Mode::local, target.port());
  variables.erase("SSH_KNOWN_HOSTS_FILE");
  Towline towline(dir_, variables);
  ASSERT_TRUE(towline.ready_within(20s));
  for (const auto* server : {&first_, &second_, &server_}) {
    EXPECT_TRUE(says(towline.log(), "ssh.host_key",
                     {"first use", "server=" + server->name(), server->sshd.host_key().fingerprint()}));
  }
}

TEST_F(JumpHosts, that_do_not_answer_end_with_the_connect_timeout_and_their_name) {
  EchoServer target;
  second_.sshd.freeze();
  auto variables = environment(Mode::local, target.port());
  variables["SSH_CONNECT_TIMEOUT"] = "2s";
  Towline towline(dir_, variables);
  EXPECT_TRUE(says_soon(towline, "ssh.connect_failed",
                        {"key exchange with jump host " + second_.name(), "reason=timeout"}));
  towline.terminate();
  EXPECT_EQ(towline.process().exit_code(10s), 0);
  second_.sshd.thaw();
}

TEST_F(JumpHosts, are_each_gone_through_by_check_up_to_the_one_that_is_broken) {
  EchoServer target;
  auto variables = environment(Mode::local, target.port());
  Towline whole(dir_, variables, {"check"});
  EXPECT_EQ(whole.process().exit_code(30s), 0);
  for (const auto* server : {&first_, &second_, &server_}) {
    EXPECT_TRUE(says(whole.log(), "[ok]      host_key", {server->sshd.host_key().fingerprint()}))
        << whole.log();
  }
  for (const auto* hop : {&first_, &second_}) {
    EXPECT_TRUE(says(whole.log(), "[ok]      authentication", {hop->name()})) << whole.log();
  }
  variables["SSH_JUMP_KEY_FILE"] = first_.key.private_file;
  Towline broken(dir_, variables, {"check"});
  EXPECT_EQ(broken.process().exit_code(30s), 77);
  EXPECT_TRUE(says(broken.log(), "[ok]      authentication", {first_.name()}));
  EXPECT_TRUE(says(broken.log(), "[failed]  authentication", {second_.name()}));
  EXPECT_TRUE(says(broken.log(), "->", {"SSH_JUMP_KEY_FILE"})) << broken.log();
}

class ClosedJumpHost : public JumpHosts {
 protected:
  ClosedJumpHost() : JumpHosts({"AllowTcpForwarding no"}) {}
};

TEST_F(ClosedJumpHost, that_forbids_forwarding_is_named_with_what_to_do) {
  EchoServer target;
  Towline towline(dir_, environment(Mode::local, target.port()));
  EXPECT_TRUE(
      says_soon(towline, "ssh.connect_failed",
                {"jump host " + second_.name(), server_.name(), "reason=proxy", "AllowTcpForwarding"}));
}

}  // namespace

}  // namespace towline::fixtures
