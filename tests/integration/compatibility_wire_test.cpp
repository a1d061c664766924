// What jnovack/autossh's variables do, seen at a real sshd and from outside. The rows about reading the
// environment are in compatibility_environment_test.cpp.
#include "integration/fixtures/tunnel.hpp"

#include <arpa/inet.h>
#include <filesystem>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>

namespace towline::fixtures {

namespace {

using namespace std::chrono_literals;

bool connects_over_v6(std::uint16_t port) {
  const Socket socket(::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in6 address{};
  address.sin6_family = AF_INET6;
  address.sin6_port = htons(port);
  address.sin6_addr = in6addr_loopback;
  return ::connect(socket.fd(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

class CompatibilityWire : public TunnelTest {
 protected:
  CompatibilityWire() : TunnelTest({"ListenAddress ::1"}) {}

  Environment changed(Mode mode, const Environment& changes) const {
    auto variables = environment(mode, target_.port());
    for (const auto& [name, value] : changes) {
      variables.erase(name);
      if (!value.empty()) variables[name] = value;
    }
    return variables;
  }

  void serve_another_key() {
    sshd_.kill_all();
    sshd_.change_host_key();
    sshd_.start();
  }

  static bool failed_for(const Towline& towline, const char* reason) {
    return eventually(patience, [&] {
      return towline.metric("towline_ssh_connect_failures_total", {{"reason", reason}}) >= 1;
    });
  }

  std::string server_port() const { return std::to_string(sshd_.port()); }
  std::string port_of_nobody() const { return std::to_string(nobody_.number()); }

  FreePort nobody_;
  EchoServer target_;
};

TEST_F(CompatibilityWire, SSH_REMOTE_USER_root_logs_in_when_it_is_unset) {
  if (sshd_.user() != "root") GTEST_SKIP() << "root has to log in";
  const auto towline = start(changed(Mode::local, {{"SSH_REMOTE_USER", ""}}));
  EXPECT_NE(sshd_.log().find("Accepted publickey for root"), std::string::npos);
}

TEST_F(CompatibilityWire, SSH_REMOTE_HOST_localhost_is_dialled_when_it_is_unset) {
  append_file(sshd_.known_hosts_file(), "localhost " + sshd_.host_key().public_line + "\n");
  const auto towline = start(changed(Mode::local, {{"SSH_REMOTE_HOST", ""}}));
  EXPECT_TRUE(echoes(entry_.number(), patience));
  EXPECT_TRUE(towline->logged("server=localhost:" + server_port()));
}

TEST_F(CompatibilityWire, SSH_REMOTE_HOST_v6_is_dialled_with_and_without_brackets) {
  append_file(sshd_.known_hosts_file(), "[::1]:" + server_port() + " " + sshd_.host_key().public_line + "\n");
  for (const auto* host : {"::1", "[::1]"}) {
    const auto towline = start(changed(Mode::local, {{"SSH_REMOTE_HOST", host}}));
    EXPECT_TRUE(echoes(entry_.number(), patience)) << host;
  }
  EXPECT_NE(sshd_.log().find("Connection from ::1"), std::string::npos);
}

TEST_F(CompatibilityWire, SSH_REMOTE_HOST_is_resolved_at_every_attempt) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs a mount namespace";
  const auto hosts = dir_.path("hosts");
  write_file(hosts, "127.0.0.9 gate.test\n");  // nobody listens there
  append_file(sshd_.known_hosts_file(), "gate.test " + sshd_.host_key().public_line + "\n");
  const Towline towline(dir_, changed(Mode::local, {{"SSH_REMOTE_HOST", "gate.test"}}), {},
                        after_mounting(hosts, "/etc/hosts"));
  ASSERT_TRUE(failed_for(towline, "refused"));
  write_file(hosts, "127.0.0.1 gate.test\n");
  EXPECT_TRUE(towline.ready_within(patience));
}

TEST_F(CompatibilityWire, SSH_TUNNEL_PORT_0_is_the_servers_choice_logged_metered_and_kept) {
  const auto towline = start(changed(Mode::remote, {{"SSH_TUNNEL_PORT", "0"}}));
  const auto port = static_cast<std::uint16_t>(towline->metric("towline_forward_bound_port"));
  EXPECT_TRUE(echoes(port, patience));
  EXPECT_TRUE(towline->logged(std::to_string(port)));
  sshd_.kill_sessions();
  EXPECT_TRUE(eventually(patience, [&] { return echoes(port, 200ms); }));
  EXPECT_EQ(towline->metric("towline_forward_bound_port"), port);
}

TEST_F(CompatibilityWire, SSH_TUNNEL_PORT_unset_with_L_is_a_free_port_from_32768_up) {
  const auto towline = start(changed(Mode::local, {{"SSH_TUNNEL_PORT", ""}}));
  const auto port = static_cast<std::uint16_t>(towline->metric("towline_forward_bound_port"));
  EXPECT_GE(port, 32768);
  EXPECT_TRUE(echoes(port, patience));
}

TEST_F(CompatibilityWire, SSH_BIND_IP_star_is_every_family_and_0_0_0_0_is_v4_alone) {
  {
    const auto towline = start(changed(Mode::local, {{"SSH_BIND_IP", "*"}}));
    EXPECT_TRUE(Socket::connect(entry_.number(), patience));
    EXPECT_TRUE(connects_over_v6(entry_.number()));
  }
  const auto towline = start(changed(Mode::local, {{"SSH_BIND_IP", "0.0.0.0"}}));
  EXPECT_TRUE(Socket::connect(entry_.number(), patience));
  EXPECT_FALSE(connects_over_v6(entry_.number()));
}

TEST_F(CompatibilityWire, SSH_TARGET_HOST_empty_is_localhost_and_no_dead_tunnel) {
  auto variables = environment(Mode::remote, target_.port());
  variables["SSH_TARGET_HOST"] = "";
  const auto towline = start(std::move(variables));
  EXPECT_TRUE(echoes(entry_.number(), patience));
}

TEST_F(CompatibilityWire, SSH_TARGET_PORT_22_of_localhost_is_the_target_when_nothing_is_said) {
  const auto towline = start(changed(Mode::local, {{"SSH_TARGET_HOST", ""}, {"SSH_TARGET_PORT", ""}}));
  auto client = Socket::connect(entry_.number(), patience);
  const auto asked = [&] { return sshd_.log().find("target localhost port 22") != std::string::npos; };
  EXPECT_TRUE(eventually(patience, asked));
}

TEST_F(CompatibilityWire, SSH_MODE_of_every_direction_carries) {
  for (const auto* mode : {"-R", "reverse", "-L", "local", "-Ng -L"}) {
    const auto towline = start(changed(Mode::local, {{"SSH_MODE", mode}}));
    EXPECT_TRUE(echoes(entry_.number(), patience)) << mode;
    towline->terminate();
    EXPECT_EQ(towline->process().exit_code(patience), 0) << mode;
  }
}

TEST_F(CompatibilityWire, SSH_KEY_FILE_of_any_mode_is_read) {
  using std::filesystem::perms;
  for (const auto mode : {0644, 0755, 0777, 0400}) {
    std::filesystem::permissions(key_.private_file, static_cast<perms>(mode));
    const auto towline = start(changed(Mode::local, {}));
    EXPECT_TRUE(towline->ready()) << std::oct << mode;
  }
}

TEST_F(CompatibilityWire, SSH_KEY_FILE_of_any_type_is_read_whatever_its_name) {
  for (const auto type : {KeyType::ed25519, KeyType::ecdsa, KeyType::rsa_4096}) {
    const auto key = make_key(dir_, type);
    sshd_.authorize(key);
    const auto file = dir_.path("id_rsa");
    write_file(file, read_file(key.private_file));
    const auto towline = start(changed(Mode::local, {{"SSH_KEY_FILE", file}}));
    EXPECT_TRUE(towline->ready()) << to_string(type);
    std::filesystem::remove(file);
  }
}

TEST_F(CompatibilityWire, SSH_KEY_FILE_with_a_passphrase_is_refused_with_text_without_it) {
  output_of({"/usr/bin/ssh-keygen", "-q", "-p", "-N", "open sesame", "-f", key_.private_file});
  const Towline towline(dir_, changed(Mode::local, {}));
  EXPECT_TRUE(failed_for(towline, "auth"));
  EXPECT_TRUE(towline.logged("the private key is encrypted"));
}

TEST_F(CompatibilityWire, SSH_KEY_FILE_with_a_passphrase_works_with_it) {
  output_of({"/usr/bin/ssh-keygen", "-q", "-p", "-N", "open sesame", "-f", key_.private_file});
  const auto towline = start(changed(Mode::local, {{"SSH_KEY_PASSPHRASE", "open sesame"}}));
  EXPECT_TRUE(echoes(entry_.number(), patience));
  EXPECT_FALSE(towline->has_logged("open sesame"));
}

TEST_F(CompatibilityWire, SSH_KNOWN_HOSTS_FILE_that_is_empty_refuses_every_server) {
  const auto file = dir_.path("empty");
  write_file(file, "");
  const Towline towline(dir_, changed(Mode::local, {{"SSH_KNOWN_HOSTS_FILE", file}}));
  EXPECT_TRUE(failed_for(towline, "host_key"));
  EXPECT_EQ(sshd_.log().find("userauth-request"), std::string::npos);
}

TEST_F(CompatibilityWire, SSH_KNOWN_HOSTS_FILE_dev_null_accepts_even_a_key_that_changed_and_warns) {
  const auto towline = start(changed(Mode::local, {{"SSH_KNOWN_HOSTS_FILE", "/dev/null"}}));
  serve_another_key();
  EXPECT_TRUE(eventually(patience, [&] { return echoes(entry_.number(), 200ms); }));
  EXPECT_TRUE(towline->logged("host key not checked"));
}

TEST_F(CompatibilityWire, no_known_hosts_keeps_the_first_key_and_refuses_another) {
  const auto towline = start(changed(Mode::local, {{"SSH_KNOWN_HOSTS_FILE", ""}}));
  EXPECT_TRUE(towline->logged("host key accepted on first use"));
  serve_another_key();
  EXPECT_TRUE(failed_for(*towline, "host_key"));
  EXPECT_FALSE(towline->ready());
}

TEST_F(CompatibilityWire, SSH_STRICT_HOST_IP_CHECK_false_still_refuses_a_wrong_key) {
  serve_another_key();
  const Towline towline(dir_, changed(Mode::local, {{"SSH_STRICT_HOST_IP_CHECK", "false"}}));
  EXPECT_TRUE(failed_for(towline, "host_key"));
  EXPECT_FALSE(towline.ready());
}

TEST_F(CompatibilityWire, SSH_SERVER_ALIVE_INTERVAL_asks_a_silent_server_for_a_sign_of_life) {
  const auto towline = start(changed(Mode::local, {{"SSH_SERVER_ALIVE_INTERVAL", "1"}}));
  const auto asked = [&] { return sshd_.log().find("keepalive@openssh.com") != std::string::npos; };
  EXPECT_TRUE(eventually(patience, asked));
}

TEST_F(CompatibilityWire, AUTOSSH_GATETIME_ends_it_with_69_when_the_first_attempt_fails_and_0_never_does) {
  Towline gated(dir_,
                changed(Mode::local, {{"SSH_REMOTE_PORT", port_of_nobody()}, {"AUTOSSH_GATETIME", "30"}}));
  Towline open(dir_,
               changed(Mode::local, {{"SSH_REMOTE_PORT", port_of_nobody()}, {"AUTOSSH_GATETIME", "0"}}));
  EXPECT_EQ(gated.process().exit_code(patience), 69);
  const auto tried_again = [&] { return open.metric("towline_ssh_connect_attempts_total") >= 3; };
  EXPECT_TRUE(eventually(patience, tried_again));
  EXPECT_TRUE(open.process().running());
}

TEST_F(CompatibilityWire, AUTOSSH_GATETIME_says_nothing_about_later_failures) {
  const auto towline = start(changed(Mode::local, {{"AUTOSSH_GATETIME", "3600"}}));
  sshd_.kill_all();
  const auto tried_again = [&] { return towline->metric("towline_ssh_connect_failures_total") >= 2; };
  EXPECT_TRUE(eventually(patience, tried_again));
  EXPECT_TRUE(towline->process().running());
}

TEST_F(CompatibilityWire, AUTOSSH_MAXLIFETIME_ends_a_tunnel_that_is_up_with_0) {
  const auto towline = start(changed(Mode::local, {{"AUTOSSH_MAXLIFETIME", "2"}}));
  EXPECT_EQ(towline->process().exit_code(patience), 0);
}

TEST_F(CompatibilityWire, AUTOSSH_LOGLEVEL_0_does_not_hide_why_it_ends) {
  serve_another_key();
  Towline towline(
      dir_, changed(Mode::local,
                    {{"TOWLINE_LOG_LEVEL", ""}, {"AUTOSSH_LOGLEVEL", "0"}, {"AUTOSSH_GATETIME", "30"}}));
  EXPECT_EQ(towline.process().exit_code(patience), 69);
  EXPECT_TRUE(towline.logged("hint="));
  EXPECT_TRUE(towline.logged(sshd_.host_key().fingerprint()));
  EXPECT_FALSE(towline.has_logged("agent.start")) << "that is information, not an error";
}

TEST_F(CompatibilityWire, AUTOSSH_PIDFILE_is_written_when_set) {
  const auto file = dir_.path("pid");
  const auto towline = start(changed(Mode::local, {{"AUTOSSH_PIDFILE", file}}));
  EXPECT_EQ(read_file(file), std::to_string(towline->process().pid()) + "\n");
}

TEST_F(CompatibilityWire, AUTOSSH_PIDFILE_that_cannot_be_written_is_told_and_not_fatal) {
  const auto towline = start(changed(Mode::local, {{"AUTOSSH_PIDFILE", dir_.path("none/pid")}}));
  EXPECT_TRUE(towline->logged("AUTOSSH_PIDFILE"));
}

TEST_F(CompatibilityWire, names_of_version_1_alone_make_a_tunnel) {
  const auto towline = start({{"SSH_HOSTNAME", "127.0.0.1"},
                              {"SSH_HOSTPORT", server_port()},
                              {"SSH_HOSTUSER", sshd_.user()},
                              {"SSH_TUNNEL_REMOTE", std::to_string(entry_.number())},
                              {"SSH_TUNNEL_HOST", "127.0.0.1"},
                              {"SSH_TUNNEL_LOCAL", std::to_string(target_.port())},
                              {"SSH_KNOWN_HOSTS", sshd_.known_hosts_file()},
                              {"SERVER_ALIVE_INTERVAL", "5"},
                              {"SSH_KEY_FILE", key_.private_file}});
  EXPECT_TRUE(echoes(entry_.number(), patience));
  EXPECT_EQ(towline->metric("towline_forward_host_key_verified"), 1);
}

TEST_F(CompatibilityWire, mounts_for_ssh_that_are_not_read_are_named) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs a mount namespace";
  const auto home = dir_.path("home");
  std::filesystem::create_directories(home + "/.ssh");
  for (const auto* name : {"config", "known_hosts", "id_ed25519"}) write_file(home + "/.ssh/" + name, "");
  const Towline towline(dir_, changed(Mode::local, {}), {}, after_mounting(home, "/root"));
  ASSERT_TRUE(towline.ready_within(patience));
  EXPECT_TRUE(towline.logged("not /root/.ssh/config, /root/.ssh/known_hosts, /root/.ssh/id_ed25519"));
}

TEST_F(CompatibilityWire, SIGTERM_and_SIGINT_end_it_with_0) {
  for (const int signal : {SIGTERM, SIGINT}) {
    const auto towline = start(changed(Mode::remote, {}));
    towline->process().signal(signal);
    EXPECT_EQ(towline->process().exit_code(patience), 0);
  }
}

class CompatibilitySignal : public CompatibilityWire, public testing::WithParamInterface<int> {};

TEST_P(CompatibilitySignal, makes_a_new_session_while_one_is_up) {
  const auto towline = start(changed(Mode::local, {}));
  towline->process().signal(GetParam());
  const auto again = [&] { return towline->metric("towline_ssh_connect_attempts_total") == 2; };
  EXPECT_TRUE(eventually(patience, again));
  EXPECT_TRUE(eventually(patience, [&] { return echoes(entry_.number(), 1s); }));
  EXPECT_TRUE(towline->process().running());
}

TEST_P(CompatibilitySignal, ends_the_wait_between_two_attempts) {
  // A host key failure waits for 30 s at least.
  serve_another_key();
  Towline towline(dir_, changed(Mode::local, {}));
  ASSERT_TRUE(failed_for(towline, "host_key"));
  const auto begin = Clock::now();
  towline.process().signal(GetParam());
  const auto again = [&] { return towline.metric("towline_ssh_connect_attempts_total") >= 2; };
  EXPECT_TRUE(eventually(patience, again));
  EXPECT_LT(elapsed_since(begin), 25s);
  EXPECT_TRUE(towline.process().running());
}

INSTANTIATE_TEST_SUITE_P(Reconnects, CompatibilitySignal, testing::Values(SIGUSR1, SIGHUP),
                         [](const auto& info) { return info.param == SIGUSR1 ? "SIGUSR1" : "SIGHUP"; });

}  // namespace

}  // namespace towline::fixtures
