// -S when the session is lost, cannot be had, or is given up: clients stay, and are told.
#include "integration/fixtures/forwards.hpp"
#include "integration/fixtures/share.hpp"

namespace towline::fixtures {

namespace {

using namespace std::chrono_literals;

// With sanitizers everything takes longer.
Milliseconds soon(Milliseconds limit) { return product().instrumented ? 10 * limit : limit; }

class ShareReconnect : public ShareTest {
 protected:
  std::string to_target() const { return ":" + loopback(target_.port()); }

  void begin_with_master(const Environment& changes = {}) {
    begin(changes);
    const auto socket = dir_.path("master");
    master_ = std::make_unique<Master>(
        dir_,
        ssh({"-M", "-N", "-S", socket, "-R", loopback(remote_.number()) + to_target(), "-L",
             loopback(local_.number()) + to_target()}),
        socket);
    ASSERT_TRUE(serves(remote_, patience)) << master_->client().errors();
    ASSERT_TRUE(serves(local_, patience)) << master_->client().errors();
  }

  static bool serves(const FreePort& port, Milliseconds limit) {
    return eventually(limit, [&] { return echoes(port.number(), 1s); });
  }

  std::unique_ptr<Running> session(const Arguments& options, const std::string& command) {
    auto client = std::make_unique<Running>(dir_, ssh(options, {command}));
    EXPECT_TRUE(eventually(patience, [&] { return client->output().starts_with("here"); }))
        << client->errors();
    return client;
  }

  bool not_ready_soon() const {
    return eventually(soon(5s), [this] { return !towline_->ready(); });
  }

  EchoServer target_;
  FreePort remote_, local_;
  std::unique_ptr<Master> master_;
};

TEST_F(ShareReconnect, ends_what_ran_at_once_and_keeps_the_clients_and_what_they_listen_on) {
  begin_with_master();
  const auto command = session({}, staying());
  const auto terminal = session({"-tt"}, "echo here; exec sh");
  sshd_.kill_sessions();
  for (const auto& client : {command.get(), terminal.get()})
    EXPECT_EQ(client->ended_within(soon(2s)).code, 255);
  EXPECT_TRUE(serves(remote_, soon(10s)));
  EXPECT_TRUE(serves(local_, soon(10s)));
  EXPECT_TRUE(master_->is_up()) << "the client is gone";
  EXPECT_EQ(towline_->metric("towline_ssh_reconnects_total"), 1);
}

TEST_F(ShareReconnect, ends_sessions_of_a_client_that_stays_at_once) {
  begin_with_master();
  // Two channels of one connection: it has others, and so it stays.
  Running command(dir_,
                  {"/usr/bin/ssh", "-F", "none", "-S", dir_.path("master"), "anybody@127.0.0.1", staying()});
  ASSERT_TRUE(eventually(patience, [&] { return command.output() == "here\n"; })) << command.errors();
  sshd_.kill_sessions();
  EXPECT_EQ(command.ended_within(soon(2s)).code, 255);
  EXPECT_TRUE(master_->is_up());
}

TEST_F(ShareReconnect, a_command_that_comes_meanwhile_waits_and_runs) {
  begin();
  sshd_.kill_all();
  ASSERT_TRUE(not_ready_soon());
  Running command(dir_, ssh({}, {"echo after"}));
  ASSERT_TRUE(eventually(patience, [&] { return towline_->metric("towline_clients") == 1; }));
  EXPECT_TRUE(throughout(500ms, [&] { return command.process().running(); })) << command.errors();
  sshd_.start();
  const auto ran = command.ended_within(patience);
  EXPECT_EQ(ran.code, 0) << ran.errors;
  EXPECT_EQ(ran.output, "after\n");
}

TEST_F(ShareReconnect, a_command_waits_only_so_long) {
  begin({{"TOWLINE_SHARE_WAIT", "1s"}});
  sshd_.kill_all();
  ASSERT_TRUE(not_ready_soon());
  const auto began = Clock::now();
  const auto ran = run(ssh({}, {"echo never"}));
  EXPECT_EQ(ran.code, 255);
  EXPECT_NE(ran.errors.find("there is no session with the server"), std::string::npos) << ran.errors;
  EXPECT_GE(elapsed_since(began), 1s);
}

TEST_F(ShareReconnect, a_port_that_somebody_has_is_asked_for_until_it_is_free) {
  begin_with_master();
  sshd_.kill_all();
  std::optional<Socket> other;
  ASSERT_TRUE(eventually(5s, [&] { return (other = Socket::listen(remote_.number())).has_value(); }));
  sshd_.start();
  EXPECT_TRUE(serves(local_, patience));
  EXPECT_TRUE(eventually(patience, [&] { return towline_->has_logged("share.refused"); }));
  other.reset();
  EXPECT_TRUE(serves(remote_, patience));
}

TEST_F(ShareReconnect, a_port_of_the_servers_choice_stays_the_same) {
  begin_with_master();
  const auto told = master_->tell("forward", {"-R", "127.0.0.1:0" + to_target()});
  const auto port = static_cast<std::uint16_t>(std::stoi("0" + told.output));
  ASSERT_TRUE(echoes(port, 5s)) << told.output << told.errors;
  sshd_.kill_sessions();
  EXPECT_TRUE(eventually(patience, [&] { return echoes(port, 1s); }));
}

TEST_F(ShareReconnect, a_server_that_freezes_is_given_up_and_listens_again_when_it_is_back) {
  begin_with_master({{"SSH_SERVER_ALIVE_INTERVAL", "1"}, {"SSH_SERVER_ALIVE_COUNT_MAX", "2"}});
  const auto command = session({}, staying());
  sshd_.freeze();
  EXPECT_EQ(command->ended_within(soon(10s)).code, 255);
  sshd_.thaw();
  EXPECT_TRUE(serves(remote_, patience));
  const FreePort another;
  const auto told = master_->tell("forward", {"-R", loopback(another.number()) + to_target()});
  EXPECT_EQ(told.code, 0) << told.errors;
  EXPECT_TRUE(serves(another, patience));
}

TEST_F(ShareReconnect, a_changed_host_key_is_never_used_and_clients_are_told) {
  begin_with_master();
  sshd_.kill_all();
  sshd_.change_host_key();
  sshd_.start();
  EXPECT_TRUE(towline_->logged("reason=host_key"));
  const auto ran = run(ssh({}, {"echo never"}), "/dev/null", soon(10s));
  EXPECT_EQ(ran.code, 255);
  EXPECT_NE(ran.errors.find("host key"), std::string::npos) << ran.errors;
  EXPECT_FALSE(towline_->ready());
  EXPECT_TRUE(master_->is_up());
}

TEST_F(ShareReconnect, a_key_that_the_server_does_not_know_is_told_to_clients_at_once) {
  const auto stranger = make_key(dir_);
  auto variables = environment();
  variables["SSH_KEY_FILE"] = stranger.private_file;
  const Towline towline(dir_, variables);
  ASSERT_TRUE(eventually(patience, [&] { return towline.has_logged("ssh.auth_failed"); }));
  const auto ran = run(ssh({}, {"echo never"}), "/dev/null", soon(5s));
  EXPECT_EQ(ran.code, 255);
  EXPECT_NE(ran.errors.find("there is no session with the server: "), std::string::npos) << ran.errors;
  EXPECT_FALSE(towline.ready());
  EXPECT_EQ(towline.status("/livez"), 200);
}

TEST_F(ShareReconnect, a_key_that_is_taken_back_does_not_end_it_and_clients_stay) {
  begin_with_master();
  sshd_.kill_all();
  write_file(dir_.path("nobody"), "");
  sshd_.configure("AuthorizedKeysFile " + dir_.path("nobody"));
  sshd_.start();
  EXPECT_TRUE(eventually(patience, [&] {
    return towline_->metric("towline_ssh_connect_failures_total", {{"reason", "auth"}}) >= 1;
  }));
  EXPECT_TRUE(master_->is_up());
  EXPECT_EQ(towline_->status("/livez"), 200);
  EXPECT_EQ(towline_->status("/readyz"), 503);
}

TEST_F(ShareReconnect, open_to_other_machines_without_keys_does_not_start) {
  auto variables = environment();
  variables["SSH_BIND_IP"] = "0.0.0.0";
  Towline towline(dir_, variables);
  EXPECT_EQ(towline.process().exit_code(10s), 78);
  EXPECT_TRUE(towline.has_logged("TOWLINE_AUTHORIZED_KEYS")) << towline.log();
}

TEST_F(ShareReconnect, open_to_other_machines_lets_in_who_has_a_known_key) {
  begin({{"SSH_BIND_IP", "0.0.0.0"}, {"TOWLINE_AUTHORIZED_KEYS", key_.public_line}});
  EXPECT_EQ(run(ssh({}, {"echo known"})).output, "known\n");
  const auto stranger = make_key(dir_);
  // The first value of an option counts.
  auto argv = ssh({}, {"echo unknown"});
  for (auto& word : argv)
    if (word.starts_with("IdentityFile=")) word = "IdentityFile=" + stranger.private_file;
  const auto ran = run(argv);
  EXPECT_EQ(ran.code, 255);
  EXPECT_NE(ran.errors.find("Permission denied"), std::string::npos) << ran.errors;
  EXPECT_TRUE(towline_->logged("reason=key_unknown"));
  EXPECT_GE(towline_->metric("towline_login_failures_total", {{"reason", "key_unknown"}}), 1);
}

TEST_F(ShareReconnect, sigterm_closes_the_listeners_and_tells_the_clients) {
  begin_with_master();
  EXPECT_EQ(towline_->metric("towline_clients"), 1);
  towline_->terminate();
  EXPECT_EQ(towline_->process().exit_code(soon(5s)), 0);
  EXPECT_EQ(master_->client().ended_within(soon(2s)).code, 255);
  EXPECT_NE(master_->client().errors().find("towline is leaving"), std::string::npos)
      << master_->client().errors();
  EXPECT_FALSE(Socket::connect(entry_.number(), 1s));
  EXPECT_FALSE(Socket::connect(remote_.number(), 1s));
}

TEST_F(ShareReconnect, its_metrics_count_clients_their_channels_and_their_bytes) {
  begin_with_master();
  const auto channels = [this](const char* kind) {
    return towline_->metric("towline_client_channels", {{"kind", kind}});
  };
  EXPECT_EQ(channels("session"), 0);
  {
    const auto command = session({}, staying());
    auto local = Socket::connect(local_.number(), 5s), remote = Socket::connect(remote_.number(), 5s);
    ASSERT_TRUE(local && remote);
    EXPECT_TRUE(echoes(*local, 5s) && echoes(*remote, 5s));
    EXPECT_EQ(channels("session"), 1);
    EXPECT_EQ(channels("local"), 1);
    EXPECT_EQ(channels("remote"), 1);
    EXPECT_EQ(towline_->metric("towline_clients"), 2);
  }
  EXPECT_TRUE(eventually(patience, [&] {
    return channels("session") + channels("local") + channels("remote") == 0 &&
           towline_->metric("towline_clients") == 1;
  }));
  EXPECT_EQ(towline_->metric("towline_clients_total"), 2);
  EXPECT_EQ(towline_->metric("towline_logins_total", {{"method", "none"}}), 2);
  EXPECT_GT(towline_->metric("towline_client_received_bytes_total"), 0);
  EXPECT_GT(towline_->metric("towline_client_sent_bytes_total"), 0);
}

}  // namespace

}  // namespace towline::fixtures
