#include "check/steps.hpp"

#include "ssh/wire/error.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <initializer_list>
#include <string>
#include <vector>

namespace towline::check {
namespace {

using ssh::ConnectStep;
using testing::ElementsAre;
using testing::HasSubstr;

const net::HostPort server{"server", 22};

ssh::Options through_a_jump_host() {
  ssh::Options options;
  options.jump_hosts.resize(1);
  options.jump_hosts.front().server = {"bastion", 2222};
  return options;
}

std::vector<std::string> told(const CheckReport& report) {
  std::vector<std::string> lines;
  for (const auto& line : report.lines) {
    lines.push_back(std::string(to_string(line.step)) + ' ' + line.subject + ' ' +
                    std::string(to_string(line.result)));
  }
  return lines;
}

ssh::Visit visit(std::initializer_list<ConnectStep> steps) {
  ssh::Visit visit;
  for (const auto step : steps) visit.steps.push_back({step, {}});
  return visit;
}

TEST(CheckSteps, a_failure_at_the_jump_host_is_its_own) {
  const auto options = through_a_jump_host();
  CheckReport report;
  CheckSteps steps(server, options, report);
  auto bastion = visit({ConnectStep::resolve, ConnectStep::connect});
  bastion.endpoints = {{boost::asio::ip::make_address("10.0.0.1"), 2222}};
  bastion.steps[0].took = std::chrono::seconds(1);
  bastion.steps[1].took = std::chrono::seconds(2);
  steps.failed({boost::asio::error::connection_refused, "10.0.0.1:2222"},
               {.visits = {bastion}, .jump_host = 0});
  EXPECT_THAT(told(report),
              ElementsAre("dns bastion:2222 ok", "tcp bastion:2222 failed", "banner bastion:2222 skipped",
                          "key_exchange bastion:2222 skipped", "host_key bastion:2222 skipped",
                          "authentication bastion:2222 skipped"));
  EXPECT_EQ(report.lines.front().detail, "10.0.0.1");
  EXPECT_EQ(report.lines[0].took, std::chrono::seconds(1));
  EXPECT_EQ(report.lines[1].took, std::chrono::seconds(2));
  EXPECT_THAT(report.lines[1].hint,
              HasSubstr("check SSH_JUMP_HOSTS, and that sshd runs on jump host bastion:2222"));
  EXPECT_EQ(report.exit_code, ExitCode::unavailable);
}

TEST(CheckSteps, behind_the_jump_host_the_server_is_spoken_of) {
  const auto options = through_a_jump_host();
  CheckReport report;
  CheckSteps steps(server, options, report);
  steps.failed({ssh::errc::banner_missing, ""},
               {.visits = {visit({ConnectStep::authenticate}),
                           visit({ConnectStep::connect, ConnectStep::key_exchange})},
                .jump_host = {}});
  EXPECT_THAT(told(report),
              ElementsAre("authentication bastion:2222 ok", "tcp server:22 ok", "banner server:22 failed",
                          "key_exchange server:22 skipped", "host_key server:22 skipped",
                          "authentication server:22 skipped", "session server:22 skipped"));
}

TEST(CheckSteps, what_the_jump_host_before_has_to_do_is_its_failure) {
  const auto options = through_a_jump_host();
  CheckReport report;
  CheckSteps steps(server, options, report);
  steps.failed(
      {ssh::errc::open_connect_failed, ""},
      {.visits = {visit({ConnectStep::authenticate}), visit({ConnectStep::connect})}, .jump_host = 0});
  EXPECT_THAT(told(report),
              ElementsAre("authentication bastion:2222 ok", "tcp bastion:2222 failed",
                          "banner bastion:2222 skipped", "key_exchange bastion:2222 skipped",
                          "host_key bastion:2222 skipped", "authentication bastion:2222 skipped"));
}

TEST(CheckSteps, what_is_shown_before_a_step_ends_stands_above_it) {
  ssh::Options options;
  auto shown = visit({ConnectStep::resolve, ConnectStep::connect, ConnectStep::key_exchange});
  shown.bad_lines = {{3, "why", "/known_hosts"}};
  shown.server_software = "SSH-2.0-test";
  CheckReport report;
  CheckSteps(server, options, report).failed({ssh::errc::key_exchange_failed, ""}, {{shown}, {}});
  EXPECT_THAT(told(report), ElementsAre("host_key server:22 warning", "dns server:22 ok", "tcp server:22 ok",
                                        "banner server:22 ok", "key_exchange server:22 failed",
                                        "host_key server:22 skipped", "authentication server:22 skipped",
                                        "session server:22 skipped"));
  EXPECT_EQ(report.lines[3].detail, "SSH-2.0-test");

  shown.steps.push_back({ConnectStep::host_key, {}});
  shown.algorithms = {
      .key_exchange = "kex", .host_key = {}, .to_server = {"cipher", ""}, .to_client = {"cipher", ""}};
  shown.accepted_file_problem = "cannot be written";
  shown.host_key.key.type = "ssh-ed25519";
  report = {};
  CheckSteps(server, options, report).failed({ssh::errc::host_key_mismatch, ""}, {{shown}, {}});
  EXPECT_THAT(told(report), ElementsAre("host_key server:22 warning", "dns server:22 ok", "tcp server:22 ok",
                                        "banner server:22 ok", "key_exchange server:22 ok",
                                        "host_key server:22 warning", "host_key server:22 failed",
                                        "authentication server:22 skipped", "session server:22 skipped"));
  EXPECT_EQ(report.lines[4].detail, "kex, cipher");
  EXPECT_EQ(report.lines[5].detail, "cannot be written");
  EXPECT_THAT(report.lines[6].detail, HasSubstr("; the server shows ssh-ed25519 SHA256:"));
  EXPECT_EQ(report.exit_code, ExitCode::host_key);
}

TEST(CheckSteps, known_hosts_that_cannot_be_read_fail_before_the_first_step) {
  ssh::Options options;
  CheckReport report;
  CheckSteps(server, options, report).failed({ssh::errc::host_key_unknown, ""}, {{visit({})}, {}});
  EXPECT_THAT(told(report), ElementsAre("host_key server:22 failed", "authentication server:22 skipped",
                                        "session server:22 skipped"));
  EXPECT_FALSE(report.lines[0].took);
}

TEST(CheckSteps, a_session_that_is_lost_after_the_login_is_the_servers_doing) {
  const auto options = through_a_jump_host();
  CheckReport report;
  CheckSteps steps(server, options, report);
  steps.session_lost({.why = {ssh::errc::peer_closed, ""}, .after_login = true});
  EXPECT_THAT(told(report), ElementsAre("session server:22 failed"));
  EXPECT_THAT(report.lines[0].detail, HasSubstr("lost right after the login: the server closed"));
  EXPECT_THAT(report.lines[0].hint, HasSubstr("ChrootDirectory"));
  EXPECT_EQ(report.exit_code, ExitCode::unavailable);
}

TEST(CheckSteps, a_session_that_a_jump_host_has_lost_is_the_jump_hosts) {
  const auto options = through_a_jump_host();
  CheckReport report;
  CheckSteps steps(server, options, report);
  steps.session_lost({.why = {ssh::errc::keepalive_timeout, ""}, .jump_host = 0});
  EXPECT_THAT(told(report), ElementsAre("session bastion:2222 failed"));
  EXPECT_THAT(report.lines[0].detail, HasSubstr("lost meanwhile"));
}

TEST(CheckSteps, a_host_key_that_was_compared_with_nothing_is_warned_of_at_once) {
  ssh::Options options;
  for (const auto proof : {ssh::HostKeyProof::known_hosts, ssh::HostKeyProof::none}) {
    CheckReport report;
    CheckSteps steps(server, options, report);
    auto shown = visit({ConnectStep::host_key, ConnectStep::authenticate});
    shown.host_key_decision = {.proof = proof, .line = 1};
    steps.arrived({{shown}, {}});
    auto expected = std::vector<std::string>{"host_key server:22 ok", "host_key server:22 warning",
                                             "authentication server:22 ok"};
    if (proof == ssh::HostKeyProof::known_hosts) expected.erase(expected.begin() + 1);
    EXPECT_EQ(told(report), expected);
  }
}

TEST(CheckSteps, what_a_server_says_stands_beside_its_step) {
  ssh::Options options;
  CheckReport report;
  CheckSteps steps(server, options, report);
  auto greeted = visit({ConnectStep::authenticate});
  greeted.said = "\"Welcome\"";
  steps.arrived({{greeted}, {}});
  EXPECT_EQ(report.lines.back().detail, "as root; the server says \"Welcome\"");

  greeted.said = "\"Your account has expired\"";
  steps.arrived({{greeted}, {}});
  EXPECT_EQ(report.lines.back().result, CheckResult::warning);
  EXPECT_THAT(report.lines.back().hint, HasSubstr("chage"));

  Failure closed(ssh::errc::peer_closed);
  closed.said = "\"Your account has expired\"";
  CheckSteps(server, options, report).failed(closed, {{visit({ConnectStep::authenticate})}, {}});
  const auto failed = std::ranges::find(report.lines, CheckResult::failed, &CheckLine::result);
  ASSERT_NE(failed, report.lines.end());
  EXPECT_THAT(failed->detail, HasSubstr("the server said \"Your account has expired\""));
  EXPECT_THAT(failed->hint, HasSubstr("chage"));
}

}  // namespace
}  // namespace towline::check
