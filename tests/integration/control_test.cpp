// The control listener, asked with curl, and the files that tell where the forwards listen.
#include "integration/fixtures/tunnel.hpp"

#include <gmock/gmock.h>

#include <filesystem>
#include <signal.h>

namespace towline::fixtures {

namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

class ControlTest : public TunnelTest {
 protected:
  Environment local() const { return environment(Mode::local, target_.port()); }

  std::string socket() const { return dir_.path("control.sock"); }

  // The status and, behind a blank, the body.
  std::string curl(const std::vector<std::string>& arguments) const {
    std::vector<std::string> argv{"/usr/bin/curl", "-sS",    "--max-time", "10",
                                  "--unix-socket", socket(), "-w",         " %{http_code}"};
    argv.insert(argv.end(), arguments.begin(), arguments.end());
    return output_of(argv);
  }

  std::unique_ptr<Towline> start_with_control() {
    auto variables = local();
    variables["TOWLINE_CONTROL_LISTEN"] = socket();
    return start(variables);
  }

  EchoServer target_;
};

TEST_F(ControlTest, quitquitquit_ends_it_as_a_signal_does) {
  const auto towline = start_with_control();
  EXPECT_THAT(curl({"-X", "POST", "http://localhost/quitquitquit"}), HasSubstr(" 202"));
  EXPECT_EQ(towline->process().exit_code(10s), 0);
  EXPECT_TRUE(towline->logged("quitquitquit"));
  EXPECT_FALSE(std::filesystem::exists(socket()));
}

TEST_F(ControlTest, the_log_level_changes_while_it_runs) {
  auto variables = local();
  variables["TOWLINE_CONTROL_LISTEN"] = socket();
  variables["TOWLINE_LOG_LEVEL"] = "info";
  const auto towline = start(variables);
  EXPECT_TRUE(echoes(entry_.number(), 5s));
  EXPECT_FALSE(towline->has_logged("DEBUG"));
  EXPECT_THAT(curl({"-X", "PUT", "-d", "debug", "http://localhost/-/loglevel"}), HasSubstr(" 200"));
  EXPECT_TRUE(echoes(entry_.number(), 5s));
  EXPECT_TRUE(eventually(5s, [&] { return towline->logged("DEBUG"); }));
  EXPECT_THAT(curl({"-X", "PUT", "http://localhost/-/loglevel?level=loud"}), HasSubstr(" 400"));
}

TEST_F(ControlTest, refuses_what_is_no_order_and_what_comes_from_elsewhere) {
  const auto towline = start_with_control();
  EXPECT_THAT(curl({"http://localhost/quitquitquit"}), HasSubstr(" 405"));
  EXPECT_THAT(curl({"-X", "POST", "-H", "Origin: https://evil.example", "http://localhost/quitquitquit"}),
              HasSubstr(" 403"));
  EXPECT_THAT(curl({"-X", "POST", "http://localhost/-/reconnect/nobody"}), HasSubstr(" 404"));
  EXPECT_THAT(curl({"-X", "POST", "http://localhost/-/reload"}), HasSubstr(" 202"));
  EXPECT_TRUE(towline->ready_within(20s));
}

TEST_F(ControlTest, shows_the_configuration_and_no_secret) {
  auto variables = local();
  variables["TOWLINE_CONTROL_LISTEN"] = socket();
  variables["SSH_PASSWORD"] = "hunter2hunter2";
  const auto towline = start(variables);
  const auto text = curl({"http://localhost/configz"});
  EXPECT_THAT(text, HasSubstr("\"SSH_REMOTE_PORT\""));
  EXPECT_THAT(text, HasSubstr("\"SSH_PASSWORD\""));
  EXPECT_THAT(text, Not(HasSubstr("hunter2")));
  EXPECT_THAT(text, HasSubstr(" 200"));
}

TEST_F(ControlTest, an_address_that_others_reach_is_a_problem) {
  auto variables = local();
  variables["TOWLINE_CONTROL_LISTEN"] = "0.0.0.0:0";
  Towline towline(dir_, variables);
  EXPECT_EQ(towline.process().exit_code(10s), 78);
}

// Readiness is gone at once, but who has not heard of it yet is still served.
TEST_F(ControlTest, the_shutdown_delay_keeps_the_listeners_open) {
  auto variables = local();
  variables["TOWLINE_SHUTDOWN_DELAY"] = "3s";
  const auto towline = start(variables);
  const auto began = Clock::now();
  towline->terminate();
  EXPECT_TRUE(eventually(2s, [&] { return towline->status("/readyz") == 503; }));
  EXPECT_TRUE(echoes(entry_.number(), 2s)) << "a new connection was refused";
  EXPECT_EQ(towline->process().exit_code(15s), 0);
  EXPECT_GE(elapsed_since(began), 3s);
}

TEST_F(ControlTest, the_port_file_and_the_pid_file_live_as_long_as_towline) {
  const auto ports = dir_.path("ports");
  const auto pid = dir_.path("pid");
  auto variables = local();
  variables["SSH_TUNNEL_PORT"] = "0";
  variables["TOWLINE_PORT_FILE"] = ports;
  variables["AUTOSSH_PIDFILE"] = pid;
  const auto towline = start(variables);
  const auto line = read_file(ports);
  ASSERT_THAT(line, testing::MatchesRegex("main=[0-9]+\n"));
  EXPECT_TRUE(echoes(static_cast<std::uint16_t>(std::stoi(line.substr(5))), 5s));
  EXPECT_EQ(read_file(pid), std::to_string(towline->process().pid()) + "\n");
  towline->terminate();
  EXPECT_EQ(towline->process().exit_code(10s), 0);
  EXPECT_FALSE(std::filesystem::exists(ports));
  EXPECT_FALSE(std::filesystem::exists(pid));
}

TEST_F(ControlTest, a_pid_file_that_cannot_be_written_is_not_fatal) {
  auto variables = local();
  variables["AUTOSSH_PIDFILE"] = "/no/such/folder/pid";
  const auto towline = start(variables);
  EXPECT_TRUE(towline->logged("pid_file.failed"));
}

TEST_F(ControlTest, github_is_told_the_ports_and_what_to_blot_out_before_anything_else) {
  auto variables = local();
  variables["SSH_TUNNEL_PORT"] = "0";
  variables["TOWLINE_PORT_FILE"] = "github";
  variables["TOWLINE_LOG_FORMAT"] = "github";
  variables["GITHUB_ACTIONS"] = "true";
  variables["GITHUB_OUTPUT"] = dir_.path("output");
  variables["GITHUB_ENV"] = dir_.path("env");
  variables["SSH_PASSWORD"] = "hunter2hunter2";
  const auto towline = start(variables);
  EXPECT_THAT(read_file(dir_.path("output")), testing::MatchesRegex("port-main=[0-9]+\n"));
  EXPECT_THAT(read_file(dir_.path("env")), testing::MatchesRegex("TUNNEL_PORT_MAIN=[0-9]+\n"));
  EXPECT_TRUE(towline->log().starts_with("::add-mask::hunter2hunter2\n")) << towline->log();
}

TEST_F(ControlTest, healthcheck_asks_loopback_where_towline_listens_everywhere) {
  for (const std::string host : {"0.0.0.0", "*", "[::]"}) {
    const FreePort port;
    auto variables = local();
    variables["TOWLINE_ADMIN_LISTEN"] = host + ':' + std::to_string(port.number());
    Towline running(dir_, variables);
    const auto ready = [&] { return http_get(port.number(), "/readyz", 1s).status == 200; };
    if (host != "[::]") ASSERT_TRUE(eventually(15s, ready)) << host;
    Towline asking(dir_, variables, {host == "[::]" ? "wait" : "healthcheck"});
    EXPECT_EQ(asking.process().exit_code(20s), 0) << host << ": " << asking.log();
    running.terminate();
    EXPECT_EQ(running.process().exit_code(10s), 0);
  }
}

}  // namespace

}  // namespace towline::fixtures
