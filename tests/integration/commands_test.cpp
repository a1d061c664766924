// run, wait and check with a real server, good and broken.
#include "integration/fixtures/tunnel.hpp"

#include <gmock/gmock.h>

#include <signal.h>
#include <sys/stat.h>

namespace towline::fixtures {

namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

class Commands : public TunnelTest {
 protected:
  using TunnelTest::TunnelTest;

  // What the shell is told, behind `run --`.
  static std::vector<std::string> run_shell(const std::string& script) {
    return {"run", "--", "/bin/sh", "-c", script};
  }

  Environment local() const {
    auto variables = environment(Mode::local, target_.port());
    variables["PATH"] = "/usr/bin:/bin";
    return variables;
  }

  EchoServer target_;
};

class RunTest : public Commands {};

TEST_F(RunTest, ends_with_the_status_of_the_program) {
  Towline towline(dir_, local(), run_shell("exit 7"));
  EXPECT_EQ(towline.process().exit_code(15s), 7);
}

TEST_F(RunTest, starts_the_program_when_the_tunnels_are_ready_and_tells_it_the_ports) {
  auto variables = local();
  variables["SSH_TUNNEL_PORT"] = "0";
  variables["TOWLINE_PORT_FILE"] = dir_.path("ports");
  const auto seen = dir_.path("seen");
  Towline towline(dir_, variables,
                  run_shell("{ cat " + dir_.path("ports") + "; echo \"$TUNNEL_PORT_MAIN\"; } >" + seen));
  EXPECT_EQ(towline.process().exit_code(15s), 0);
  const auto text = read_file(seen);
  const auto newline = text.find('\n');
  ASSERT_NE(newline, std::string::npos) << text;
  EXPECT_EQ(text.substr(0, newline), "main=" + text.substr(newline + 1, text.size() - newline - 2));
  EXPECT_GT(std::stoi(text.substr(newline + 1)), 32767);
  EXPECT_FALSE(towline.has_logged("run.not_ready"));
  EXPECT_EQ(read_file(dir_.path("ports")), "") << "the file is still there";
}

// Compared with what the same program has without towline; signals 32 and 33 are the C library's own, which
// ignores them.
TEST_F(RunTest, gives_the_program_clean_signals_and_none_of_our_descriptors) {
  // Signals 32 and 33 are the C library's own: whoever started the tests decides what is left of them.
  const auto look = [](const std::string& file) {
    return "{ ls /proc/$$/fd; while read -r name mask; do case $name in Sig[BI]*) "
           "echo $name $((0x$mask & 0x7fffffff));; esac; done < /proc/$$/status; } >" +
           file;
  };
  const auto without = dir_.path("without");
  Process direct({{"/bin/sh", "-c", look(without)}, {{"PATH", "/usr/bin:/bin"}}, dir_.path("sh.log")});
  ASSERT_EQ(direct.exit_code(10s), 0);
  const auto with = dir_.path("with");
  Towline towline(dir_, local(), run_shell(look(with)));
  EXPECT_EQ(towline.process().exit_code(15s), 0);
  EXPECT_EQ(read_file(with), read_file(without));
  EXPECT_THAT(read_file(with), HasSubstr("SigBlk: 0\n"));
}

TEST_F(RunTest, passes_signals_on_and_says_which_one_ended_the_program) {
  const auto ready = dir_.path("ready");
  Towline trapping(dir_, local(),
                   run_shell("trap 'exit 42' USR1; echo >" + ready + "; while :; do sleep 0.05; done"));
  ASSERT_TRUE(eventually(15s, [&] { return !read_file(ready).empty(); }));
  trapping.process().signal(SIGUSR1);
  EXPECT_EQ(trapping.process().exit_code(10s), 42);

  const auto again = dir_.path("again");
  Towline killed(dir_, local(), run_shell("echo >" + again + "; exec sleep 100"));
  ASSERT_TRUE(eventually(15s, [&] { return !read_file(again).empty(); }));
  killed.terminate();
  EXPECT_EQ(killed.process().exit_code(10s), 128 + SIGTERM);
}

TEST_F(RunTest, says_126_and_127_for_what_cannot_be_started) {
  const auto file = dir_.path("no-program");
  write_file(file, "text\n");
  Towline missing(dir_, local(), {"run", "--", "/no/such/program"});
  EXPECT_EQ(missing.process().exit_code(15s), 127);
  Towline not_executable(dir_, local(), {"run", "--", file});
  EXPECT_EQ(not_executable.process().exit_code(15s), 126);
  EXPECT_TRUE(not_executable.logged(file));
}

TEST_F(RunTest, gives_up_at_once_where_no_retry_helps) {
  const auto marker = dir_.path("marker");
  auto stranger = local();
  stranger["SSH_KEY_FILE"] = make_key(dir_).private_file;
  Towline refused(dir_, stranger, run_shell("echo >" + marker));
  EXPECT_EQ(refused.process().exit_code(20s), 125);
  EXPECT_TRUE(refused.logged("reason=auth"));

  sshd_.kill_all();
  sshd_.change_host_key();
  sshd_.start();
  Towline fooled(dir_, local(), run_shell("echo >" + marker));
  EXPECT_EQ(fooled.process().exit_code(20s), 125);
  EXPECT_TRUE(fooled.logged("reason=host_key"));
  EXPECT_EQ(read_file(marker), "") << "the program was started";
}

TEST_F(RunTest, says_125_where_the_configuration_is_wrong) {
  auto variables = local();
  variables["SSH_REMOTE_PORT"] = "ssh";
  Towline towline(dir_, variables, run_shell("exit 0"));
  EXPECT_EQ(towline.process().exit_code(15s), 125);
}

TEST_F(RunTest, waits_for_a_server_and_says_124_when_it_does_not_come) {
  sshd_.kill_all();
  Towline hopeless(dir_, local(), {"run", "--timeout", "1s", "--", "/bin/sh", "-c", "exit 0"});
  EXPECT_EQ(hopeless.process().exit_code(15s), 124);
  EXPECT_TRUE(hopeless.logged("run.not_ready"));
  Towline patient(dir_, local(), run_shell("exit 9"));
  ASSERT_TRUE(eventually(
      15s, [&] { return patient.logged("ssh.connect_failed") || patient.logged("no SSH session"); }));
  sshd_.start();
  EXPECT_EQ(patient.process().exit_code(30s), 9);
}

TEST_F(RunTest, a_signal_ends_the_wait_for_the_tunnels) {
  sshd_.kill_all();
  Towline towline(dir_, local(), run_shell("exit 0"));
  ASSERT_TRUE(eventually(15s, [&] { return towline.status("/livez") == 200; }));
  towline.terminate();
  EXPECT_EQ(towline.process().exit_code(10s), 128 + SIGTERM);
}

// The program lives through it, and has the tunnel again afterwards.
// SIGUSR1 is passed on after whatever was to be passed on before it.
TEST_F(RunTest, does_not_repeat_to_the_program_what_timeout_told_the_whole_group) {
  const auto told = dir_.path("told");
  Towline towline(dir_, local(),
                  run_shell("trap 'echo TERM >>" + told + "' TERM; trap 'echo USR1 >>" + told +
                            "; exit 42' USR1; echo >" + told + "; while :; do sleep 0.05; done"),
                  {"/usr/bin/timeout", "--preserve-status", "600"});
  ASSERT_TRUE(eventually(patience, [&] { return read_file(told) == "\n"; }));
  towline.terminate();
  EXPECT_TRUE(eventually(5s, [&] { return read_file(told) == "\nTERM\n"; }));
  for (const auto pid : descendants_of(towline.process().pid())) {
    if (read_file("/proc/" + std::to_string(pid) + "/comm") == "towline\n") ::kill(pid, SIGUSR1);
  }
  EXPECT_EQ(towline.process().exit_code(5s), 42);
  EXPECT_EQ(read_file(told), "\nTERM\nUSR1\n");
}

TEST_F(RunTest, passes_one_of_two_requests_to_stop_on_and_another_one_later) {
  const auto told = dir_.path("told");
  Towline towline(dir_, local(),
                  run_shell("trap 'echo TERM >>" + told + "' TERM; trap 'echo INT >>" + told +
                            "; exit 42' INT; echo >" + told + "; while :; do sleep 0.05; done"));
  ASSERT_TRUE(eventually(patience, [&] { return read_file(told) == "\n"; }));
  const auto first = Clock::now();
  towline.terminate();
  towline.terminate();
  EXPECT_TRUE(eventually(5s, [&] { return read_file(told) == "\nTERM\n" && elapsed_since(first) > 350ms; }));
  towline.process().signal(SIGINT);
  EXPECT_EQ(towline.process().exit_code(5s), 42);
  EXPECT_EQ(read_file(told), "\nTERM\nINT\n");
}

TEST_F(RunTest, brings_a_lost_tunnel_back_while_the_program_runs) {
  const auto started = dir_.path("started");
  const auto finish = dir_.path("finish");
  Towline towline(
      dir_, local(),
      run_shell("echo $$ >>" + started + "; until [ -e " + finish + " ]; do sleep 0.05; done; exit 8"));
  ASSERT_TRUE(eventually(15s, [&] { return !read_file(started).empty(); }));
  sshd_.kill_sessions();
  ASSERT_TRUE(eventually(20s, [&] { return towline.metric("towline_ssh_connect_attempts_total") >= 2; }));
  ASSERT_TRUE(towline.ready_within(20s));
  EXPECT_TRUE(echoes(entry_.number(), 5s));
  write_file(finish, "now");
  EXPECT_EQ(towline.process().exit_code(10s), 8);
  const auto pids = read_file(started);
  EXPECT_EQ(std::ranges::count(pids, '\n'), 1) << "it was started again";
}

TEST_F(RunTest, without_a_program_is_a_usage_error) {
  Towline towline(dir_, local(), {"run", "--"});
  EXPECT_EQ(towline.process().exit_code(10s), 64);
}

class WaitTest : public Commands {};

TEST_F(WaitTest, ends_when_the_running_towline_is_ready) {
  sshd_.kill_all();
  auto variables = local();
  Towline running(dir_, variables);
  ASSERT_TRUE(eventually(15s, [&] { return running.status("/livez") == 200; }));
  variables["TOWLINE_ADMIN_LISTEN"] = "127.0.0.1:" + std::to_string(running.admin_port());
  Towline waiting(dir_, variables, {"wait", "--timeout", "60s"});
  EXPECT_FALSE(waiting.process().exit_code(500ms));
  sshd_.start();
  EXPECT_EQ(waiting.process().exit_code(30s), 0);
  EXPECT_TRUE(running.ready());
}

TEST_F(WaitTest, says_124_and_why_when_the_time_is_over) {
  Towline waiting(dir_, local(), {"wait", "--timeout=1s"});
  EXPECT_EQ(waiting.process().exit_code(15s), 124);
  EXPECT_TRUE(waiting.logged("nobody answers at 127.0.0.1"));
}

class CheckTest : public Commands {
 protected:
  // What it prints; the exit status is compared.
  std::string check(const Environment& variables, int status, const std::vector<std::string>& more = {}) {
    std::vector<std::string> arguments{"check"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    Towline towline(dir_, variables, arguments);
    EXPECT_EQ(towline.process().exit_code(30s), status) << towline.log();
    return towline.log();
  }
};

TEST_F(CheckTest, a_working_tunnel_passes_every_step) {
  for (const auto mode : {Mode::local, Mode::remote}) {
    const auto text = check(environment(mode, target_.port()), 0);
    for (const auto* step : {"[ok]      config", "[ok]      dns", "[ok]      tcp", "[ok]      banner",
                             "[ok]      key_exchange", "[ok]      host_key", "[ok]      authentication",
                             "[ok]      session", "[ok]      forward", "[ok]      target"}) {
      EXPECT_THAT(text, HasSubstr(step)) << to_string(mode);
    }
    EXPECT_THAT(text, HasSubstr("SSH-2.0-OpenSSH"));
    EXPECT_THAT(text, HasSubstr(sshd_.host_key().fingerprint()));
    EXPECT_THAT(text, HasSubstr("\nall 10 steps passed\n"));
    EXPECT_THAT(text, HasSubstr("matches known_hosts line 1 (ssh-ed25519 SHA256:"));
  }
  EXPECT_TRUE(Socket::listen(entry_.number())) << "the port was not given back";
}

TEST_F(CheckTest, is_a_json_document_for_programs) {
  const auto text = check(environment(Mode::remote, target_.port()), 0, {"--json"});
  EXPECT_TRUE(text.starts_with("{\"ok\":true,\"exit_code\":0,\"steps\":[{")) << text;
  EXPECT_EQ(text.find('\n'), text.size() - 1);
}

TEST_F(CheckTest, a_running_towline_does_not_disturb_it_nor_is_disturbed) {
  for (const auto mode : {Mode::local, Mode::remote}) {
    const auto running = start(environment(mode, target_.port()));
    auto variables = environment(mode, target_.port());
    variables["TOWLINE_ADMIN_LISTEN"] = "127.0.0.1:" + std::to_string(running->admin_port());
    EXPECT_THAT(check(variables, 0), HasSubstr("in use by the towline that runs here"));
    EXPECT_TRUE(running->ready());
    EXPECT_TRUE(echoes(entry_.number(), 5s));
    running->terminate();
    EXPECT_EQ(running->process().exit_code(10s), 0);
  }
}

TEST_F(CheckTest, each_broken_server_fails_at_its_step_with_its_code_and_a_hint) {
  auto closed = local();
  const FreePort nobody;
  closed["SSH_REMOTE_PORT"] = std::to_string(nobody.number());
  auto text = check(closed, 69);
  EXPECT_THAT(text, HasSubstr("[failed]  tcp"));
  EXPECT_THAT(text, HasSubstr("-> check SSH_REMOTE_HOST"));
  EXPECT_THAT(text, HasSubstr("[skipped] host_key"));
  EXPECT_THAT(text, HasSubstr("[skipped] target"));

  auto unknown = local();
  unknown["SSH_REMOTE_HOST"] = "no-such-host.invalid";
  EXPECT_THAT(check(unknown, 69), HasSubstr("[failed]  dns"));

  const TcpServer web([](Socket& socket) {
    socket.send_all("HTTP/1.1 400 Bad Request\r\n\r\n", 1s);
    socket.receive(1'000, 100ms);
  });
  auto no_ssh = local();
  no_ssh["SSH_REMOTE_PORT"] = std::to_string(web.port());
  EXPECT_THAT(check(no_ssh, 69), HasSubstr("[failed]  banner"));

  auto stranger = local();
  stranger["SSH_KEY_FILE"] = make_key(dir_).private_file;
  text = check(stranger, 77);
  EXPECT_THAT(text, HasSubstr("[ok]      host_key"));
  EXPECT_THAT(text, HasSubstr("[failed]  authentication"));
  EXPECT_THAT(text, HasSubstr("authorized_keys"));
}

TEST_F(CheckTest, a_changed_host_key_fails_with_76_and_the_fingerprint_that_was_shown) {
  sshd_.kill_all();
  sshd_.change_host_key();
  sshd_.start();
  const auto text = check(local(), 76);
  EXPECT_THAT(text, HasSubstr("[failed]  host_key"));
  EXPECT_THAT(text, HasSubstr(sshd_.host_key().fingerprint()));
  EXPECT_THAT(text, HasSubstr("[skipped] authentication"));
}

TEST_F(CheckTest, a_taken_port_fails_with_73) {
  const auto occupant = Socket::listen(entry_.number());
  ASSERT_TRUE(occupant);
  for (const auto mode : {Mode::local, Mode::remote}) {
    EXPECT_THAT(check(environment(mode, target_.port()), 73), HasSubstr("[failed]  forward"));
  }
}

TEST_F(CheckTest, a_dead_target_fails_with_69) {
  const FreePort nobody;
  for (const auto mode : {Mode::local, Mode::remote}) {
    const auto text = check(environment(mode, nobody.number()), 69);
    EXPECT_THAT(text, HasSubstr("[ok]      forward"));
    EXPECT_THAT(text, HasSubstr("[failed]  target"));
  }
}

TEST_F(CheckTest, a_missing_key_fails_with_66_and_a_broken_variable_with_78) {
  auto keyless = local();
  keyless["SSH_KEY_FILE"] = "/no/such/key";
  EXPECT_THAT(check(keyless, 66), HasSubstr("[failed]  config"));
  keyless["SSH_KEY_FILE"] = "/etc/hostname";
  const auto text = check(keyless, 78);
  EXPECT_THAT(text, HasSubstr("[failed]  config"));
  EXPECT_THAT(text, Not(HasSubstr("tcp")));
  auto broken = local();
  broken["SSH_TUNNEL_PORT"] = "http";
  EXPECT_THAT(check(broken, 78), HasSubstr("SSH_TUNNEL_PORT"));
}

}  // namespace

}  // namespace towline::fixtures
