// -S beside sshd itself: what stock ssh asks for and gets, while the session is up.
#include "integration/fixtures/share.hpp"

#include "integration/fixtures/forwards.hpp"

#include <algorithm>
#include <sys/socket.h>

namespace towline::fixtures {

namespace {

using namespace std::chrono_literals;

class Share : public ShareTest {
 protected:
  using ShareTest::ShareTest;

  void SetUp() override { begin(); }

  // The same through towline and without it.
  void expect_as_direct(const Arguments& options, const Arguments& command, const std::string& input = {}) {
    const auto file = file_of(input);
    const auto shared = run(ssh(options, command), file);
    const auto told = run(direct(options, command), file);
    EXPECT_EQ(shared.code, told.code);
    EXPECT_EQ(shared.output, told.output);
    EXPECT_EQ(shared.errors, told.errors);
  }
};

class ShareStart : public ShareTest {};

TEST_F(ShareStart, with_a_host_key_that_cannot_be_used_is_none_and_says_why) {
  auto variables = environment();
  variables["TOWLINE_HOST_KEY_FILE"] = file_of("not a key\n");
  Towline towline(dir_, variables);
  EXPECT_EQ(towline.process().exit_code(patience), 78);
  EXPECT_TRUE(towline.logged("the host key for clients cannot be used"));
}

TEST_F(Share, a_command_has_its_output_its_errors_and_its_exit_code) {
  const auto ran = run(ssh({}, {"echo o; echo e >&2; exit 7"}));
  EXPECT_EQ(ran.code, 7);
  EXPECT_EQ(ran.output, "o\n");
  EXPECT_EQ(ran.errors, "e\n");
}

TEST_F(Share, a_command_that_dies_of_a_signal_ends_as_without_towline) {
  expect_as_direct({}, {"echo before; kill -TERM $$"});
}

TEST_F(Share, what_a_client_has_agreed_on_is_seen_as_long_as_it_is_there) {
  const Labels agreed = {{"kex", "curve25519-sha256@libssh.org"},
                         {"cipher", "aes256-ctr"},
                         {"mac_to_client", "hmac-sha2-512-etm@openssh.com"}};
  const auto sessions = [&] { return towline_->metric("towline_client_sessions", agreed); };
  Running client(dir_, ssh({"-N", "-o", "KexAlgorithms=curve25519-sha256@libssh.org", "-c", "aes256-ctr",
                            "-m", "hmac-sha2-512-etm@openssh.com"}));
  EXPECT_TRUE(eventually(patience, [&] { return sessions() == 1; })) << client.errors();
  EXPECT_TRUE(
      towline_->logged("kex=curve25519-sha256@libssh.org host_key_algorithm=ssh-ed25519 cipher=aes256-ctr "
                       "mac=hmac-sha2-512-etm@openssh.com cipher_to_client=aes256-ctr"));
  EXPECT_NE(
      towline_->get("/statusz").body.find(R"("client_sessions":[{"kex":"curve25519-sha256@libssh.org")"),
      std::string::npos);
  client.process().signal(SIGTERM);
  EXPECT_TRUE(eventually(patience, [&] { return sessions() == -1; }));
}

TEST_F(Share, a_terminal_has_the_size_of_the_clients_and_follows_it) {
  auto argv =
      ssh({"-tt"}, {"stty size; trap 'stty size; exit 3' WINCH; echo ready; while :; do sleep 0.05; done"});
  argv.insert(argv.begin(), {"/usr/bin/python3", script("terminal.py"), "resize"});
  const auto ran = run(argv);
  EXPECT_TRUE(ran.output.starts_with("30 100\nready\n40 120\n")) << ran.output << ran.errors;
  EXPECT_TRUE(ran.output.ends_with("exit 3\n")) << ran.output;
}

TEST_F(Share, a_shell_without_a_terminal_reads_commands_and_has_its_errors) {
  const auto ran = run(ssh({"-T"}), file_of("echo o\necho e >&2\nexit 5\n"));
  EXPECT_EQ(ran.code, 5);
  EXPECT_EQ(ran.output.substr(ran.output.size() < 2 ? 0 : ran.output.size() - 2), "o\n");
  EXPECT_NE(ran.errors.find("e\n"), std::string::npos);
}

TEST_F(Share, variables_are_those_that_the_server_accepts) {
  const auto ran = run(ssh({"-o", "SendEnv=FOO BAR"}, {"echo \"<$FOO> <$BAR>\""}));
  EXPECT_EQ(ran.output, "<foo> <>\n");
}

TEST_F(Share, a_subsystem_that_is_not_there_fails_as_without_towline) {
  expect_as_direct({"-s"}, {"nosuch"});
}

TEST_F(Share, local_forwards_carry_and_a_refused_target_is_no_success) {
  EchoServer target;
  EchoServer unix_target(dir_.path("target.sock"));
  const FreePort local, socks, dead, nobody;
  Running client(dir_, ssh({"-N", "-L", loopback(local.number()) + ":" + loopback(target.port()),  //
                            "-L", loopback(dead.number()) + ":" + loopback(nobody.number()),       //
                            "-L", dir_.path("local.sock") + ":" + dir_.path("target.sock"),        //
                            "-D", loopback(socks.number())}));
  EXPECT_TRUE(eventually(patience, [&] { return echoes(local.number(), 2s); })) << client.errors();
  EXPECT_TRUE(echoes(dir_.path("local.sock"), 5s)) << client.errors();
  auto carried = through_socks(socks.number(), target.port());
  ASSERT_TRUE(carried);
  EXPECT_TRUE(echoes(*carried, 5s));
  auto refused = Socket::connect(dead.number(), 5s);
  ASSERT_TRUE(refused);
  EXPECT_TRUE(refused->closed_within(5s));
}

TEST_F(Share, one_connection_on_standard_input_carries_or_fails_as_without_towline) {
  EchoServer target;
  expect_as_direct({"-W", loopback(target.port())}, {}, "there and back\n");
  const FreePort nobody;
  expect_as_direct({"-W", loopback(nobody.number())}, {}, "to nobody\n");
  EXPECT_EQ(run(ssh({"-W", loopback(nobody.number())})).code, 255);
}

TEST_F(Share, is_a_jump_host) {
  const auto config =
      file_of("Host share\n  Port " + text(entry_.number()) + "\n  User anybody\nHost server\n  Port " +
              text(sshd_.port()) + "\n  User " + sshd_.user() + "\nHost *\n  HostName 127.0.0.1" +
              "\n  UserKnownHostsFile " + dir_.path("clients_known_hosts") + "\n  IdentityFile " +
              key_.private_file + "\n  BatchMode yes\n  LogLevel ERROR\n");
  const auto ran = run({"/usr/bin/ssh", "-F", config, "-J", "share", "server", "echo through"});
  EXPECT_EQ(ran.output, "through\n") << ran.errors;
}

class ShareListening : public Share {
 protected:
  void SetUp() override {
    Share::SetUp();
    master_ =
        std::make_unique<Master>(dir_, ssh({"-M", "-N", "-S", dir_.path("master")}), dir_.path("master"));
    ASSERT_TRUE(eventually(patience, [&] { return master_->is_up(); })) << master_->client().errors();
  }

  std::string to_target() const { return ":" + loopback(target_.port()); }
  // Nobody listens.
  static bool is_free(std::uint16_t port) {
    return eventually(5s, [&] { return !Socket::connect(port, 1s).has_value(); });
  }

  EchoServer target_;
  std::unique_ptr<Master> master_;
};

TEST_F(ShareListening, a_remote_port_serves_until_it_is_cancelled) {
  const FreePort port;
  const Arguments forward{"-R", loopback(port.number()) + to_target()};
  const auto told = master_->tell("forward", forward);
  ASSERT_EQ(told.code, 0) << told.errors;
  EXPECT_TRUE(echoes(port.number(), 5s));
  EXPECT_EQ(master_->tell("cancel", forward).code, 0);
  EXPECT_TRUE(is_free(port.number()));
  EXPECT_EQ(master_->tell("forward", forward).code, 0) << "not a second time";
  EXPECT_TRUE(echoes(port.number(), 5s));
}

TEST_F(ShareListening, a_remote_port_of_the_servers_choice_is_told_and_can_be_cancelled) {
  const Arguments forward{"-R", "127.0.0.1:0" + to_target()};
  const auto told = master_->tell("forward", forward);
  ASSERT_EQ(told.code, 0) << told.errors;
  const auto port = static_cast<std::uint16_t>(std::stoi("0" + told.output));
  ASSERT_NE(port, 0) << told.output;
  EXPECT_TRUE(echoes(port, 5s));
  EXPECT_EQ(master_->tell("cancel", forward).code, 0);
  EXPECT_TRUE(is_free(port));
}

TEST_F(ShareListening, a_remote_socket_serves_until_it_is_cancelled) {
  const Arguments forward{"-R", dir_.path("remote.sock") + to_target()};
  ASSERT_EQ(master_->tell("forward", forward).code, 0);
  EXPECT_TRUE(echoes(dir_.path("remote.sock"), 5s));
  EXPECT_EQ(master_->tell("cancel", forward).code, 0);
  EXPECT_TRUE(eventually(5s, [&] { return !Socket::connect(dir_.path("remote.sock"), 1s).has_value(); }));
}

TEST_F(ShareListening, a_port_that_another_client_has_is_refused_and_free_when_that_has_gone) {
  const FreePort port;
  const Arguments forward{"-R", loopback(port.number()) + to_target()};
  ASSERT_EQ(master_->tell("forward", forward).code, 0);
  auto second = ssh({"-N", "-o", "ExitOnForwardFailure=yes", forward[0], forward[1]});
  EXPECT_EQ(run(second).code, 255);
  EXPECT_TRUE(echoes(port.number(), 5s)) << "the first one's is gone";
  master_->client().process().signal(SIGKILL);
  EXPECT_TRUE(is_free(port.number()));
  Running third(dir_, second);
  EXPECT_TRUE(eventually(5s, [&] { return echoes(port.number(), 1s); })) << third.errors();
}

TEST_F(ShareListening, a_remote_port_is_cancelled_on_the_command_line_of_a_terminal) {
  const FreePort port;
  auto argv = ssh({"-tt", "-o", "EnableEscapeCommandline=yes", "-R", loopback(port.number()) + to_target()},
                  {"echo ready; read line; echo $line; exit 0"});
  argv.insert(argv.begin(), {"/usr/bin/python3", script("terminal.py"), "cancel", text(port.number())});
  const auto ran = run(argv);
  EXPECT_NE(ran.output.find("served before: True\nserved after: False\n"), std::string::npos)
      << ran.output << ran.errors;
}

TEST_F(Share, a_target_that_never_answers_delays_no_other) {
  // A listener whose queue is full drops what would make another connection.
  const FreePort hole, to_hole, local;
  const auto listener = Socket::listen(hole.number());
  ASSERT_TRUE(listener);
  ASSERT_EQ(::listen(listener->fd(), 0), 0);
  std::vector<Socket> queue;
  while (auto socket = Socket::connect(hole.number(), 500ms)) queue.push_back(std::move(*socket));
  EchoServer target;
  Running client(dir_, ssh({"-N", "-L", loopback(to_hole.number()) + ":" + loopback(hole.number()),  //
                            "-L", loopback(local.number()) + ":" + loopback(target.port())}));
  ASSERT_TRUE(eventually(patience, [&] { return echoes(local.number(), 2s); }));
  std::vector<Socket> hanging;
  for (int i = 0; i < 8; ++i) {
    hanging.push_back(Socket::connect(to_hole.number(), 5s).value());
    ASSERT_TRUE(hanging.back().send_all("for nobody else", 5s));
    const auto began = Clock::now();
    EXPECT_TRUE(echoes(local.number(), 5s));
    EXPECT_LT(elapsed_since(began), product().instrumented ? 10s : 1s);
  }
}

class ShareBeyondMaxSessions : public ShareTest {
 protected:
  ShareBeyondMaxSessions() : ShareTest({"MaxSessions 10", "LogLevel VERBOSE"}) {}

  // One after the other: who logs in with nine others may be turned away.
  void start_sessions(int count) {
    for (int i = 0; i < count; ++i) {
      auto& client = clients_.emplace_back(std::make_unique<Running>(dir_, ssh({}, {staying()})));
      ASSERT_TRUE(eventually(patience, [&] { return client->output() == "here\n"; }))
          << i << client->errors();
    }
  }

  std::vector<std::unique_ptr<Running>> clients_;
};

TEST_F(ShareBeyondMaxSessions, all_run_over_another_session) {
  begin();
  start_sessions(12);
  EXPECT_TRUE(std::ranges::all_of(clients_, [](auto& client) { return client->process().running(); }));
}

TEST_F(ShareBeyondMaxSessions, the_servers_refusal_is_passed_on_at_once_where_there_may_be_one_session) {
  begin({{"SSH_CONNECTIONS", "1"}});
  start_sessions(10);
  const auto ran = run(ssh({}, {"echo here"}), "/dev/null", 5s);
  EXPECT_EQ(ran.code, 255);
  EXPECT_NE(ran.errors.find("open failed"), std::string::npos) << ran.errors;
  end_commands();
  EXPECT_TRUE(eventually(patience, [&] { return run(ssh({}, {"echo here"})).output == "here\n"; }));
}

}  // namespace

}  // namespace towline::fixtures
