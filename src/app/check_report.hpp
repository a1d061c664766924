// What `towline check` has found, step by step, as text and as JSON; pure.
#pragma once

#include "app/exit_code.hpp"
#include "forward/report.hpp"
#include "ssh/connect.hpp"

#include <boost/system/error_code.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace towline::app {

enum class CheckStep { config, dns, tcp, banner, key_exchange, host_key, authentication, forward, target };
enum class CheckResult { ok, warning, failed, skipped };

std::string_view to_string(CheckStep step);
std::string_view to_string(CheckResult result);

struct CheckLine {
  CheckStep step = CheckStep::config;
  std::string subject{};  // a server, a forward; empty for the configuration
  CheckResult result = CheckResult::ok;
  std::string detail{};  // what was found; no secret
  std::string hint{};    // what to do about it
  std::optional<std::chrono::steady_clock::duration> took{};
};

struct CheckReport {
  std::vector<CheckLine> lines;
  ExitCode exit_code = ExitCode::ok;  // of the first failure

  void add(CheckLine line) { lines.push_back(std::move(line)); }
  void fail(CheckLine line, ExitCode code);
};

// The exit status that a failure of this step ends the check with.
ExitCode check_exit_code(CheckStep step, const boost::system::error_code& code);

// Where a connection that ended with `code` came to its end, when `reached` was the last step it began.
// Without a banner the server has not even said that it speaks SSH.
CheckStep failed_step(ssh::ConnectStep reached, bool banner_seen, const boost::system::error_code& code);

// "[ok]   dns             bastion:22: 10.0.0.1 (3 ms)", the hint on a line of its own, and the verdict as the
// last line.
std::string check_text(const CheckReport& report);

// {"ok":false,"exit_code":76,"steps":[{"step":"dns","subject":"bastion:22","result":"ok","detail":"10.0.0.1",
// "duration_s":0.003},…]} in one line.
std::string check_json(const CheckReport& report);

}  // namespace towline::app
