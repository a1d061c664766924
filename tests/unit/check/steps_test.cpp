#include "check/steps.hpp"

#include "ssh/wire/error.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
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

TEST(CheckSteps, a_failure_at_the_jump_host_is_its_own) {
  const auto options = through_a_jump_host();
  CheckReport report;
  CheckSteps steps(server, options, report);
  steps.on_jump_host(0);
  steps.on_step(ConnectStep::resolve);
  steps.on_resolved({{boost::asio::ip::make_address("10.0.0.1"), 2222}});
  steps.on_step(ConnectStep::connect);
  steps.failed({boost::asio::error::connection_refused, "10.0.0.1:2222"});
  EXPECT_THAT(told(report),
              ElementsAre("dns bastion:2222 ok", "tcp bastion:2222 failed", "banner bastion:2222 skipped",
                          "key_exchange bastion:2222 skipped", "host_key bastion:2222 skipped",
                          "authentication bastion:2222 skipped"));
  EXPECT_EQ(report.lines.front().detail, "10.0.0.1");
  EXPECT_THAT(report.lines[1].hint,
              HasSubstr("check SSH_JUMP_HOSTS, and that sshd runs on jump host bastion:2222"));
  EXPECT_EQ(report.exit_code, ExitCode::unavailable);
}

TEST(CheckSteps, behind_the_jump_host_the_server_is_spoken_of) {
  const auto options = through_a_jump_host();
  CheckReport report;
  CheckSteps steps(server, options, report);
  steps.on_jump_host(0);
  steps.on_step(ConnectStep::authenticate);
  steps.on_jump_host(std::nullopt);
  steps.on_step(ConnectStep::connect);
  steps.on_step(ConnectStep::key_exchange);
  steps.failed({ssh::errc::banner_missing, ""});
  EXPECT_THAT(told(report),
              ElementsAre("authentication bastion:2222 ok", "tcp server:22 ok", "banner server:22 failed",
                          "key_exchange server:22 skipped", "host_key server:22 skipped",
                          "authentication server:22 skipped", "session server:22 skipped"));
}

TEST(CheckSteps, a_session_that_is_lost_after_the_login_is_the_servers_doing) {
  const auto options = through_a_jump_host();
  CheckReport report;
  CheckSteps steps(server, options, report);
  steps.on_jump_host(std::nullopt);
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
  steps.on_jump_host(std::nullopt);
  steps.session_lost({.why = {ssh::errc::keepalive_timeout, ""}, .jump_host = 0});
  EXPECT_THAT(told(report), ElementsAre("session bastion:2222 failed"));
  EXPECT_THAT(report.lines[0].detail, HasSubstr("lost meanwhile"));
}

TEST(CheckSteps, a_host_key_that_was_compared_with_nothing_is_warned_of_at_once) {
  ssh::Options options;
  for (const auto proof : {ssh::HostKeyProof::known_hosts, ssh::HostKeyProof::none}) {
    CheckReport report;
    CheckSteps steps(server, options, report);
    steps.on_step(ConnectStep::host_key);
    steps.on_host_key_accepted({server, {}}, {.proof = proof, .line = 1});
    steps.on_step(ConnectStep::authenticate);
    steps.arrived();
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
  steps.on_step(ConnectStep::authenticate);
  steps.on_words("\"Welcome\"");
  steps.arrived();
  EXPECT_EQ(report.lines.back().detail, "as root; the server says \"Welcome\"");

  CheckSteps refused(server, options, report);
  refused.on_step(ConnectStep::authenticate);
  Failure closed(ssh::errc::peer_closed);
  closed.said = "\"Your account has expired\"";
  refused.failed(closed);
  const auto failed = std::ranges::find(report.lines, CheckResult::failed, &CheckLine::result);
  ASSERT_NE(failed, report.lines.end());
  EXPECT_THAT(failed->detail, HasSubstr("the server said \"Your account has expired\""));
  EXPECT_THAT(failed->hint, HasSubstr("chage"));
}

}  // namespace
}  // namespace towline::check
