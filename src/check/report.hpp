// What `towline check` has found, step by step, as text and as JSON; pure.
#pragma once

#include "exit_code.hpp"
#include "ssh/client/connect.hpp"

#include <boost/system/error_code.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace towline::check {

enum class CheckStep {
  config,
  endpoint,  // what -S needs of this machine
  dns,
  tcp,
  banner,
  key_exchange,
  host_key,
  authentication,
  session,
  forward,
  address,  // by which strangers reach it, of a tunnel service
  target
};
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

// Whether the server has said so: that it refuses, or nothing within our deadline. Otherwise the session was
// lost, and neither the target nor the listener had a say.
bool is_servers_answer(const boost::system::error_code& code);

// "matches known_hosts line 3 (ssh-ed25519 SHA256:…) in /known_hosts"
std::string host_key_text(const ssh::HostKey& key, const ssh::HostKeyDecision& decision);

// "[ok]   dns             bastion:22: 10.0.0.1 (3 ms)", the hint on a line of its own, and as the last
// line "all 9 steps passed" or "2 of 11 failed: target (db), target (web); exit code 69". Warnings are no
// steps.
std::string check_text(const CheckReport& report);

// {"ok":false,"exit_code":76,"steps":[{"step":"dns","subject":"bastion:22","result":"ok","detail":"10.0.0.1",
// "duration_s":0.003},…],"summary":"1 of 8 failed: …"} in one line.
std::string check_json(const CheckReport& report);

}  // namespace towline::check
