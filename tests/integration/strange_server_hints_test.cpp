// What no sshd can be made to do, done by asyncssh: each says what it is and what to do.
#include "integration/fixtures/forwards.hpp"
#include "integration/fixtures/hints.hpp"

#include <gmock/gmock.h>

#include <filesystem>
#include <functional>

namespace towline::fixtures {

namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

class HintsOnStrangeServers : public Hints {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists("/usr/lib/python3/dist-packages/asyncssh"))  // Debian's
      GTEST_SKIP() << "no asyncssh";
  }

  // Starts a server that does `what`; what there is to set for it.
  Environment strange_server(const std::string& what) {
    const auto authorized = dir_.fresh_path("authorized_keys", "");
    write_file(authorized, key_.public_line + "\n");
    const auto port_file = dir_.fresh_path("port", "");
    server_.emplace(Command{{"/usr/bin/python3", TOWLINE_TESTS_DIR "/integration/strange_server.py", what,
                             sshd_.host_key().private_file, authorized, port_file},
                            {{"PATH", "/usr/bin:/bin"}},
                            dir_.fresh_path("asyncssh", ".log")});
    const auto listens = [&] { return read_file(port_file).ends_with('\n'); };
    EXPECT_TRUE(eventually(60s, [&] { return listens() || !server_->running(); }) && listens())
        << "it does not start";
    port_ = read_file(port_file);
    port_.erase(port_.find_last_not_of('\n') + 1);
    const auto known_hosts = dir_.fresh_path("known_hosts", "");
    write_file(known_hosts, "* " + sshd_.host_key().public_line + "\n");
    return {{"SSH_REMOTE_PORT", port_}, {"SSH_KNOWN_HOSTS_FILE", known_hosts}};
  }

  std::string lost_by(const std::string& what, const Told& told) {
    return without(strange_server(what), told);
  }

  // What is told when somebody has connected to a forward of -L; the client reads nothing.
  std::string on_connection(const std::string& what, const Told& told, const Environment& more = {}) {
    auto variables = TunnelTest::environment(Mode::local, target_.port());
    for (const auto& [name, value] : strange_server(what)) variables[name] = value;
    for (const auto& [name, value] : more) variables[name] = value;
    const Towline towline(dir_, std::move(variables));
    if (!towline.ready_within(30s)) return "it is not ready";
    const auto client = Socket::connect(entry_.number(), 5s);
    const auto connected = Clock::now();
    auto missing = missing_of(told, towline);
    told_after_ = elapsed_since(connected);
    return missing;
  }

  std::string broken_by(const std::string& what, const std::string& sentence) {
    auto told = session_lost("protocol", {sentence}, {"RFC 4254", "report it"});
    told.in_readyz = false;  // the next session is there at once
    return on_connection(what, told);
  }

  std::string as_jump_host(const std::string& what, const Environment& more, const Told& told) {
    auto variables = strange_server(what);
    variables["SSH_REMOTE_PORT"] = std::to_string(sshd_.port());
    variables["SSH_JUMP_HOSTS"] = sshd_.user() + "@127.0.0.1:" + port_;
    for (const auto& [name, value] : more) variables[name] = value;
    return without(variables, told);
  }

  std::optional<Process> server_;
  std::string port_;
  Milliseconds told_after_{0};
};

TEST_F(HintsOnStrangeServers, that_close_the_connection_at_login) {
  EXPECT_EQ(lost_by("close_early", no_session("closed", {"closed the connection"}, {"the server's log"})),
            "");
}

TEST_F(HintsOnStrangeServers, that_say_goodbye_at_login) {
  EXPECT_EQ(lost_by("goodbye_early", no_session("closed", {"down for maintenance"}, {"the server's log"})),
            "");
}

TEST_F(HintsOnStrangeServers, whose_connection_is_reset_at_login) {
  EXPECT_EQ(
      lost_by("reset_early", no_session("closed", {"transport failed"}, {"between here and", "firewall"})),
      "");
}

TEST_F(HintsOnStrangeServers, that_say_at_login_why_nobody_gets_in) {
  EXPECT_EQ(
      lost_by(
          "expired",
          no_session("closed",
                     {R"(\"Welcome to the machine\", \"to be shown\", \"Your account has expired; please)"},
                     {"has expired on the server", "chage -E -1 " + sshd_.user()})),
      "");
}

TEST_F(HintsOnStrangeServers, that_say_something_and_let_us_in_are_quoted) {
  auto variables = TunnelTest::environment(Mode::local, target_.port());
  for (const auto& [name, value] : strange_server("banner")) variables[name] = value;
  const Towline towline(dir_, variables);
  ASSERT_TRUE(towline.ready_within(30s)) << towline.log();
  EXPECT_TRUE(towline.logged(R"(ssh.banner logged in; the server says server=127.0.0.1:)" + port_ +
                             R"( said="\"Welcome to the machine\"")"))
      << towline.log();
  Towline check(dir_, variables, {"check"});
  check.process().exit_code(30s);
  EXPECT_TRUE(check.logged(R"(as )" + sshd_.user() + R"(; the server says "Welcome to the machine")"))
      << check.log();
}

TEST_F(HintsOnStrangeServers, that_say_something_to_be_shown_in_the_session_are_quoted) {
  auto variables = environment();
  for (const auto& [name, value] : strange_server("debug")) variables[name] = value;
  const Towline towline(dir_, std::move(variables));
  EXPECT_TRUE(eventually(30s, [&] { return towline.logged(R"(said="\"down for maintenance soon\"")"); }))
      << towline.log();
}

TEST_F(HintsOnStrangeServers, that_say_why_they_end_the_session) {
  EXPECT_EQ(lost_by("goodbye", session_lost("peer_disconnect_msg", {"down for maintenance", " ssh_code=11 "},
                                            {"the server's log"})),
            "");
}

TEST_F(HintsOnStrangeServers, whose_connection_is_reset) {
  EXPECT_EQ(lost_by("reset", session_lost("socket_error", {" errno=ECONNRESET "},
                                          {"between here and 127.0.0.1", "firewall"})),
            "");
}

TEST_F(HintsOnStrangeServers, that_name_an_unknown_channel) {
  EXPECT_EQ(
      lost_by("unknown_channel", session_lost("protocol", {"does not exist"}, {"RFC 4254", "report it"})),
      "");
}

TEST_F(HintsOnStrangeServers, that_send_half_a_message) {
  EXPECT_EQ(lost_by("malformed", session_lost("protocol", {"malformed"}, {"RFC 4254", "report it"})), "");
}

TEST_F(HintsOnStrangeServers, that_answer_what_was_not_asked) {
  EXPECT_EQ(broken_by("unexpected", "no place here"), "");
}

TEST_F(HintsOnStrangeServers, that_overrun_the_window) {
  EXPECT_EQ(broken_by("window", "more than the channel's window"), "");
}

TEST_F(HintsOnStrangeServers, that_enlarge_the_window_too_far) {
  EXPECT_EQ(broken_by("overflow", "beyond 2^32-1"), "");
}

TEST_F(HintsOnStrangeServers, that_send_too_much_at_once) {
  EXPECT_EQ(broken_by("too_large", "maximum packet size"), "");
}

TEST_F(HintsOnStrangeServers, that_change_their_host_key_in_the_middle) {
  EXPECT_EQ(lost_by("host_key", session_lost("rekey", {"SHA256:"}, {"someone in between"})), "");
}

TEST_F(HintsOnStrangeServers, that_fail_at_a_repeated_key_exchange) {
  EXPECT_EQ(lost_by("lie", session_lost("rekey", {"rekeying failed"}, {"the server's log"})), "");
}

TEST_F(HintsOnStrangeServers, that_send_a_packet_whose_MAC_is_wrong) {
  EXPECT_EQ(lost_by("mac;encryption_algs=aes128-gcm@openssh.com",
                    session_lost("mac", {"MAC of a packet"}, {"changes bytes on the way"})),
            "");
}

TEST_F(HintsOnStrangeServers, that_send_what_is_no_packet) {
  for (const auto* length : {"length", "empty"}) {
    EXPECT_EQ(lost_by(std::string(length) + ";encryption_algs=aes128-gcm@openssh.com",
                      session_lost("protocol", {"impossible length"}, {"RFC 4253"})),
              "");
  }
}

TEST_F(HintsOnStrangeServers, that_take_keys_nobody_agreed_on) {
  EXPECT_EQ(
      lost_by("newkeys", session_lost("protocol", {"no place here", "key exchange message"}, {"report it"})),
      "");
}

TEST_F(HintsOnStrangeServers, that_say_something_odd_at_login) {
  EXPECT_EQ(lost_by("unimplemented",
                    no_session("protocol", {"message 3 during the authentication"}, {"report it"})),
            "");
}

TEST_F(HintsOnStrangeServers, that_never_end_a_key_exchange) {
  auto variables = environment();
  for (const auto& [name, value] : strange_server("rekey")) variables[name] = value;
  variables["SSH_CONNECT_TIMEOUT"] = "2s";
  const Towline towline(dir_, variables);
  EXPECT_EQ(
      missing_of(session_lost("rekey", {"began a key exchange", "in time: 2 s"}, {"SSH_CONNECT_TIMEOUT"}),
                 towline),
      "");
}

TEST_F(HintsOnStrangeServers, that_answer_no_request) {
  auto told = session_lost("protocol", {"answers no request: 2 s"}, {"hangs or is overloaded"});
  told.in_readyz = false;  // the next session is there at once
  EXPECT_EQ(on_connection("deaf", told, {{"TOWLINE_TARGET_TIMEOUT", "1s"}, {"SSH_CONNECT_TIMEOUT", "2s"}}),
            "");
}

TEST_F(HintsOnStrangeServers, that_ask_and_do_not_read_the_answers) {
  auto variables = environment();
  for (const auto& [name, value] : strange_server("pour")) variables[name] = value;
  const Towline towline(dir_, variables);
  // 4 MiB of answers, and what the sockets hold, are as many questions as Python can ask in some seconds.
  ASSERT_TRUE(eventually(100s, [&] { return towline.logged("does not read what it is sent"); }));
  auto told = session_lost("protocol", {"does not read"}, {"sends requests", "does not read"});
  told.in_readyz = false;  // the next session is there at once
  EXPECT_EQ(missing_of(told, towline), "");
}

TEST_F(HintsOnStrangeServers, that_say_nothing_to_a_request_to_listen) {
  auto variables = environment();
  for (const auto& [name, value] : strange_server("silent")) variables[name] = value;
  variables["SSH_CONNECT_TIMEOUT"] = "2s";
  const Towline towline(dir_, variables);
  ASSERT_TRUE(eventually(60s, [&] { return towline.logged("state=binding"); }));
  const auto asked = Clock::now();
  EXPECT_EQ(missing_of(not_listening("timeout", {"did not answer", "127.0.0.1:"}, {"overloaded or hangs"}),
                       towline),
            "");
  EXPECT_LT(elapsed_since(asked), 12s) << "it has 2 s, not the usual 15";
}

TEST_F(HintsOnStrangeServers, that_say_nothing_have_as_long_in_check) {
  auto variables = environment();
  for (const auto& [name, value] : strange_server("silent")) variables[name] = value;
  variables["SSH_CONNECT_TIMEOUT"] = "3s";
  Towline check(dir_, variables, {"check"});
  EXPECT_EQ(check.process().exit_code(14s), 73) << "it has 3 s, not the usual 15";
  EXPECT_TRUE(check.logged("did not answer")) << check.log();
}

// What towline check prints on such a server.
std::string checked(TempDir& dir, Environment variables, const Environment& more) {
  for (const auto& [name, value] : more) variables[name] = value;
  Towline check(dir, variables, {"check"});
  EXPECT_EQ(check.process().exit_code(20s), 69);
  return check.log();
}

TEST_F(HintsOnStrangeServers, that_end_the_session_behind_the_login_fail_check_at_the_session) {
  for (const auto mode : {Mode::local, Mode::remote}) {
    for (const auto* what : {"close_behind", "goodbye_behind", "reset_behind"}) {
      const auto text = checked(dir_, TunnelTest::environment(mode, target_.port()), strange_server(what));
      EXPECT_THAT(text, HasSubstr("[ok]      authentication"));
      EXPECT_THAT(text, HasSubstr("[failed]  session"));
      EXPECT_THAT(text, HasSubstr("lost right after the login"));
      EXPECT_THAT(text, HasSubstr("-> "));
      EXPECT_THAT(text, HasSubstr("the server's log says why"));
      EXPECT_THAT(text, HasSubstr("[skipped] forward"));
      EXPECT_THAT(text, HasSubstr("[skipped] target"));
      EXPECT_THAT(text, HasSubstr(" failed: session ("));
      EXPECT_THAT(text, HasSubstr("exit code 69"));
    }
  }
}

TEST_F(HintsOnStrangeServers, that_end_the_session_when_asked_to_listen_are_not_said_to_refuse_that) {
  for (const auto* what : {"goodbye", "reset"}) {
    const auto text =
        checked(dir_, TunnelTest::environment(Mode::remote, target_.port()), strange_server(what));
    EXPECT_THAT(text, HasSubstr("[failed]  session"));
    EXPECT_THAT(text, HasSubstr("lost meanwhile"));
    EXPECT_THAT(text, Not(HasSubstr("[failed]  forward")));
    EXPECT_THAT(text, Not(HasSubstr("may be taken")));
    EXPECT_THAT(text, HasSubstr("[ok]      target"));
    EXPECT_THAT(text, HasSubstr("from here"));
  }
}

TEST_F(HintsOnStrangeServers, that_end_the_session_instead_of_a_connection_are_not_the_target) {
  const auto text =
      checked(dir_, TunnelTest::environment(Mode::local, target_.port()), strange_server("lost"));
  EXPECT_THAT(text, HasSubstr("[failed]  session"));
  EXPECT_THAT(text, HasSubstr("lost meanwhile"));
  EXPECT_THAT(text, HasSubstr("[skipped] target"));
  EXPECT_THAT(text, Not(HasSubstr("SSH_TARGET_HOST")));
}

TEST_F(HintsOnStrangeServers, that_say_nothing_to_a_request_for_a_socket) {
  auto variables = strange_server("silent");
  auto all = environment();
  for (const auto* name :
       {"SSH_MODE", "SSH_BIND_IP", "SSH_TUNNEL_PORT", "SSH_TARGET_HOST", "SSH_TARGET_PORT"})
    all.erase(name);
  all.merge(variables);
  for (const auto& [name, value] : variables) all[name] = value;
  all["SSH_CONNECT_TIMEOUT"] = "2s";
  all["SSH_FORWARDS"] = "-R /tmp/no-such-socket:127.0.0.1:" + std::to_string(target_.port());
  const Towline towline(dir_, all);
  EXPECT_EQ(
      missing_of(not_listening("timeout", {"did not answer", "/tmp/no-such-socket"}, {"overloaded or hangs"}),
                 towline),
      "");
}

TEST_F(HintsOnStrangeServers, that_are_short_of_channels) {
  EXPECT_EQ(on_connection("channels", not_joined("channel_resource", {"out of channels", " ssh_code=4 "},
                                                 {"out of channels or memory"})),
            "");
}

TEST_F(HintsOnStrangeServers, that_do_not_say_whether_they_reach_the_target) {
  EXPECT_EQ(on_connection("no_answer",
                          not_joined("target_timeout", {}, {"firewall", "between the server and the target"}),
                          {{"TOWLINE_TARGET_TIMEOUT", "1s"}}),
            "");
  EXPECT_LT(told_after_, 30s) << "it has 1 s, not the usual 60";
}

TEST_F(HintsOnStrangeServers, that_do_not_say_whether_they_reach_what_a_SOCKS_client_asks_for) {
  auto variables = TunnelTest::environment(Mode::local, target_.port());
  for (const auto& [name, value] : strange_server("no_answer")) variables[name] = value;
  variables["SSH_MODE"] = "-D";
  variables["TOWLINE_TARGET_TIMEOUT"] = "1s";
  const Towline towline(dir_, std::move(variables));
  ASSERT_TRUE(towline.ready_within(30s));
  const auto asked = Clock::now();
  EXPECT_FALSE(through_socks(entry_.number(), target_.port()));
  EXPECT_EQ(missing_of(not_joined("target_timeout", {text(target_.port())}, {"firewall"}), towline), "");
  EXPECT_LT(elapsed_since(asked), 19s) << "it has 1 s, not the usual 60";
}

TEST_F(HintsOnStrangeServers, that_are_lost_before_the_target_has_answered) {
  EXPECT_EQ(on_connection("lost", not_joined("not_up", {}, {"its own line says why"})), "");
}

TEST_F(HintsOnStrangeServers, as_jump_hosts_that_know_no_forwarding) {
  EXPECT_EQ(as_jump_host("unknown_type", {},
                         no_session("proxy", {"jump host 127.0.0.1", "this kind of forwarding"},
                                    {"jump host 127.0.0.1", "AllowTcpForwarding", "authorized_keys"})),
            "");
}

TEST_F(HintsOnStrangeServers, as_jump_hosts_that_are_short_of_channels) {
  EXPECT_EQ(as_jump_host("channels", {},
                         no_session("proxy", {"jump host 127.0.0.1", "short of resources"},
                                    {"jump host 127.0.0.1", "out of channels or memory"})),
            "");
}

TEST_F(HintsOnStrangeServers, as_jump_hosts_that_do_not_say_whether_they_reach_the_server) {
  EXPECT_EQ(as_jump_host("no_answer", {{"SSH_CONNECT_TIMEOUT", "2s"}},
                         no_session("timeout", {"jump host 127.0.0.1"}, {""})),
            "");
}

}  // namespace

}  // namespace towline::fixtures
