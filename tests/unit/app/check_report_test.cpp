#include "app/check_report.hpp"

#include "net/error.hpp"
#include "ssh/error.hpp"

#include <boost/asio/error.hpp>
#include <gtest/gtest.h>

#include <string>

namespace towline::app {
namespace {

using ssh::ConnectStep;
using ssh::errc;
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
            "failed at: tcp (bastion:22); exit code 69\n");
  EXPECT_EQ(check_text({}), "everything works\n");
}

TEST(CheckReport, is_one_line_of_json) {
  EXPECT_EQ(
      check_json(sample()),
      R"({"ok":false,"exit_code":69,"steps":[{"step":"config","result":"ok","detail":"1 forward"},)"
      R"({"step":"dns","subject":"bastion:22","result":"ok","detail":"10.0.0.1","duration_s":3E-3},)"
      R"({"step":"tcp","subject":"bastion:22","result":"failed","detail":"refused","hint":"start sshd"},)"
      R"({"step":"banner","subject":"bastion:22","result":"skipped"}]})"
      "\n");
}

TEST(CheckReport, a_server_cannot_write_lines_of_its_own) {
  CheckReport report;
  report.add({.step = CheckStep::banner, .subject = "s", .detail = "SSH-2.0-x\n[ok]      target\x1b[2J\xff"});
  const auto text = check_text(report);
  EXPECT_EQ(text.find('\n'), text.find("everything") - 1);
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
      {CheckStep::forward, errc::forward_refused, ExitCode::cannot_create},
      {CheckStep::target, errc::open_connect_failed, ExitCode::unavailable},
  };
  for (const auto& row : rows)
    EXPECT_EQ(check_exit_code(row.step, row.code), row.expected) << to_string(row.step);
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
}  // namespace towline::app
