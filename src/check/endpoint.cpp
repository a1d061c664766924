#include "check/endpoint.hpp"

#include "endpoint/host_keys.hpp"
#include "ssh/auth/server/read_users.hpp"
#include "ssh/keys/host_key.hpp"

#include <string>
#include <utility>

namespace towline::check {

namespace {

CheckLine endpoint_line(std::string detail, std::string hint = {}) {
  return {.step = CheckStep::endpoint, .detail = std::move(detail), .hint = std::move(hint)};
}

std::string shown_keys(const endpoint::HostKeys& keys) {
  std::string text = "clients see";
  for (const auto& key : keys.keys) {
    const auto& known = key.public_key();
    text += (&key == &keys.keys.front() ? " " : ", ") + known.type + ' ' + ssh::fingerprint(known);
  }
  return text;
}

bool check_own_host_keys(const endpoint::Options& options, CheckReport& report) {
  const auto keys = endpoint::find_host_keys(options);
  if (!keys) {
    const auto& why = keys.error();
    report.fail(endpoint_line("the host key cannot be used: " + why.message(),
                              "see TOWLINE_HOST_KEY_FILE, or the key in TOWLINE_STATE_DIR"),
                check_exit_code(CheckStep::endpoint, why.code));
    return false;
  }
  for (const auto& problem : keys->certificate_problems) {
    auto line = endpoint_line("a host certificate is not shown to clients: " + problem,
                              "have the host key signed anew, or set the clock right");
    line.result = CheckResult::warning;
    report.add(std::move(line));
  }
  if (!keys->keys.empty()) {
    report.add(endpoint_line(shown_keys(*keys)));
  } else if (!options.kept_host_key.empty()) {
    report.add(endpoint_line("the first start makes a host key: " + options.kept_host_key));
  }
  return true;
}

// What cannot be read lets nobody in; a start would go on and wait for it to change.
void check_users(const ssh::LoginOptions& login, CheckReport& report) {
  if (!login.publickey && !login.password) return;
  const auto read = ssh::read_users(login);
  for (const auto& problem : read.problems) {
    auto line = endpoint_line(problem, "those who are named there cannot log in");
    if (!read.whole) {
      report.fail(std::move(line), ExitCode::no_input);
      continue;
    }
    line.result = CheckResult::warning;
    report.add(std::move(line));
  }
}

}  // namespace

bool check_endpoint(const endpoint::Options& options, CheckReport& report) {
  check_users(options.ssh.login, report);
  return check_own_host_keys(options, report);
}

}  // namespace towline::check
