#include "check/report.hpp"

#include "net/error.hpp"
#include "ssh/wire/error.hpp"

#include <boost/asio/error.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace towline::check {
namespace {

using ssh::ConnectStep;
using ssh::errc;
using testing::EndsWith;
using testing::HasSubstr;
using namespace std::chrono_literals;

CheckReport sample() {
  CheckReport report;
  report.add({.detail = "1 forward"});
  report.add({.step = CheckStep::dns, .subject = "bastion:22", .detail = "10.0.0.1", .took = 3ms});
  report.fail({.step = CheckStep::tcp, .subject = "bastion:22", .detail = "refused", .hint = "start sshd"},
              ExitCode::unavailable);
  report.add({.step = CheckStep::banner, .subject = "bastion:22", .result = CheckResult::skipped});
  return report;
}

TEST(CheckReport, reads_from_top_to_bottom_and_ends_with_the_verdict) {
  EXPECT_EQ(check_text(sample()),
            "[ok]      config          1 forward\n"
            "[ok]      dns             bastion:22: 10.0.0.1 (3 ms)\n"
            "[failed]  tcp             bastion:22: refused\n"
            "          -> start sshd\n"
            "[skipped] banner          bastion:22\n"
            "1 of 4 failed: tcp (bastion:22); exit code 69\n");
}

TEST(CheckReport, the_last_line_names_every_failure_and_counts_no_warning) {
  CheckReport report;
  report.add({.result = CheckResult::warning, .detail = "misspelt"});
  report.add({.detail = "2 forwards"});
  report.add({.step = CheckStep::session, .subject = "bastion:22"});
  EXPECT_THAT(check_text(report), EndsWith("\nall 2 steps passed\n"));
  report.fail({.step = CheckStep::target, .subject = "db"}, ExitCode::unavailable);
  report.add({.step = CheckStep::forward, .subject = "web"});
  report.fail({.step = CheckStep::target, .subject = "web"}, ExitCode::unavailable);
  EXPECT_THAT(check_text(report), EndsWith("\n2 of 5 failed: target (db), target (web); exit code 69\n"));
  EXPECT_THAT(check_json(report),
              HasSubstr(R"("summary":"2 of 5 failed: target (db), target (web); exit code 69")"));
}

TEST(CheckReport, is_one_line_of_json) {
  EXPECT_EQ(
      check_json(sample()),
      R"({"ok":false,"exit_code":69,"steps":[{"step":"config","result":"ok","detail":"1 forward"},)"
      R"({"step":"dns","subject":"bastion:22","result":"ok","detail":"10.0.0.1","duration_s":3E-3},)"
      R"({"step":"tcp","subject":"bastion:22","result":"failed","detail":"refused","hint":"start sshd"},)"
      R"({"step":"banner","subject":"bastion:22","result":"skipped"}],)"
      R"("summary":"1 of 4 failed: tcp (bastion:22); exit code 69"})"
      "\n");
}

TEST(CheckReport, a_server_cannot_write_lines_of_its_own) {
  CheckReport report;
  report.add({.step = CheckStep::banner, .subject = "s", .detail = "SSH-2.0-x\n[ok]      target\x1b[2J\xff"});
  const auto text = check_text(report);
  EXPECT_EQ(text.find('\n'), text.find("all 1 steps passed") - 1);
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
}

TEST(CheckReport, the_first_failure_decides_the_exit_status) {
  CheckReport report;
  report.fail({}, ExitCode::cannot_create);
  report.fail({}, ExitCode::unavailable);
  EXPECT_EQ(report.exit_code, ExitCode::cannot_create);
}

TEST(CheckReport, each_step_has_its_exit_status) {
  const struct {
    CheckStep step;
    boost::system::error_code code;
    ExitCode expected;
  } rows[] = {
      {CheckStep::dns, net::errc::name_not_found, ExitCode::unavailable},
      {CheckStep::tcp, boost::asio::error::connection_refused, ExitCode::unavailable},
      {CheckStep::banner, errc::banner_missing, ExitCode::unavailable},
      {CheckStep::key_exchange, errc::key_exchange_failed, ExitCode::unavailable},
      {CheckStep::host_key, errc::host_key_mismatch, ExitCode::host_key},
      {CheckStep::authentication, errc::authentication_refused, ExitCode::no_permission},
      {CheckStep::authentication, errc::key_file_unreadable, ExitCode::no_input},
      {CheckStep::authentication, errc::key_file_invalid, ExitCode::config},
      {CheckStep::authentication, errc::key_file_needs_passphrase, ExitCode::config},
      {CheckStep::authentication, errc::passphrase_wrong, ExitCode::config},
      {CheckStep::authentication, errc::secret_file_unreadable, ExitCode::no_input},
      {CheckStep::authentication, errc::method_not_offered, ExitCode::no_permission},
      {CheckStep::authentication, errc::peer_closed, ExitCode::unavailable},
      {CheckStep::authentication, errc::connect_timeout, ExitCode::unavailable},
      {CheckStep::session, errc::peer_closed, ExitCode::unavailable},
      {CheckStep::forward, errc::forward_refused, ExitCode::cannot_create},
      {CheckStep::target, errc::open_connect_failed, ExitCode::unavailable},
  };
  for (const auto& row : rows)
    EXPECT_EQ(check_exit_code(row.step, row.code), row.expected) << to_string(row.step);
}

TEST(CheckReport, a_lost_session_is_no_answer_of_the_target_or_the_listener) {
  for (const auto code : {errc::forward_refused, errc::forward_timeout, errc::open_connect_failed,
                          errc::open_timeout, errc::open_administratively_prohibited,
                          errc::open_unknown_channel_type, errc::open_resource_shortage})
    EXPECT_TRUE(is_servers_answer(code)) << make_error_code(code).message();
  for (const auto code : {errc::peer_closed, errc::peer_disconnected, errc::transport_failed,
                          errc::keepalive_timeout, errc::malformed_message, errc::session_closed})
    EXPECT_FALSE(is_servers_answer(code)) << make_error_code(code).message();
  EXPECT_FALSE(is_servers_answer(boost::asio::error::connection_reset));
}

TEST(CheckReport, a_host_key_is_said_to_match_what_it_was_compared_with) {
  const ssh::HostKey key{"ssh-ed25519", {1, 2, 3}};
  const auto shown = "(ssh-ed25519 " + ssh::fingerprint(key) + ")";
  const auto text = [&](ssh::HostKeyProof proof, std::string file, std::size_t line) {
    return host_key_text(key, {.proof = proof, .file = std::move(file), .line = line});
  };
  using enum ssh::HostKeyProof;
  EXPECT_EQ(text(known_hosts, "/kh", 3), "matches known_hosts line 3 " + shown + " in /kh");
  EXPECT_EQ(text(certificate, "/kh", 1),
            "has a certificate of the authority on known_hosts line 1 " + shown + " in /kh");
  EXPECT_EQ(text(pin, "", 0), "matches SSH_HOST_KEY_FINGERPRINT " + shown);
  EXPECT_EQ(text(first_use, "", 0), "is seen for the first time " + shown);
  EXPECT_EQ(text(first_use, "/state", 1), "is the key accepted on first use " + shown);
  EXPECT_EQ(text(none, "", 0), "is not compared with anything " + shown);
}

TEST(CheckReport, a_failure_belongs_to_the_step_it_happened_in) {
  const struct {
    ConnectStep reached;
    bool banner_seen;
    boost::system::error_code code;
    CheckStep expected;
  } rows[] = {
      {ConnectStep::resolve, false, net::errc::name_not_found, CheckStep::dns},
      {ConnectStep::resolve, false, errc::host_key_unknown, CheckStep::host_key},
      {ConnectStep::connect, false, net::errc::connect_timed_out, CheckStep::tcp},
      {ConnectStep::key_exchange, false, errc::banner_missing, CheckStep::banner},
      {ConnectStep::key_exchange, false, errc::connect_timeout, CheckStep::banner},
      {ConnectStep::key_exchange, true, errc::connect_timeout, CheckStep::key_exchange},
      {ConnectStep::key_exchange, true, errc::key_exchange_failed, CheckStep::key_exchange},
      {ConnectStep::host_key, true, errc::host_key_mismatch, CheckStep::host_key},
      {ConnectStep::authenticate, true, errc::authentication_refused, CheckStep::authentication},
  };
  for (const auto& row : rows)
    EXPECT_EQ(failed_step(row.reached, row.banner_seen, row.code), row.expected) << row.code.message();
}

}  // namespace
}  // namespace towline::check
