#include "check/report.hpp"

#include "ssh/wire/error.hpp"
#include "text/utf8.hpp"

#include <boost/json.hpp>

#include <array>
#include <utility>

namespace towline::check {

namespace {

using ssh::errc;
namespace json = boost::json;

constexpr std::size_t result_width = 7;
constexpr std::size_t step_width = 15;

std::string padded(std::string_view text, std::size_t width) {
  std::string out(text);
  if (out.size() < width) out.append(width - out.size(), ' ');
  return out + ' ';
}

long long milliseconds(std::chrono::steady_clock::duration time) {
  return std::chrono::round<std::chrono::milliseconds>(time).count();
}

// One line stays one line, whatever a server calls itself.
std::string printable(std::string_view text) {
  std::string out = text::valid_utf8(text);
  for (char& c : out) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = ' ';
  }
  return out;
}

std::string text_line(const CheckLine& line) {
  std::string out = padded('[' + std::string(to_string(line.result)) + ']', result_width + 2) +
                    padded(to_string(line.step), step_width) + printable(line.subject);
  if (!line.detail.empty()) out += (line.subject.empty() ? "" : ": ") + printable(line.detail);
  if (line.took) out += " (" + std::to_string(milliseconds(*line.took)) + " ms)";
  out += '\n';
  if (!line.hint.empty()) out += std::string(result_width + 3, ' ') + "-> " + printable(line.hint) + '\n';
  return out;
}

std::string verdict(const CheckReport& report) {
  std::string failures;
  int steps = 0;
  int failed = 0;
  for (const auto& line : report.lines) {
    steps += line.result == CheckResult::warning ? 0 : 1;
    if (line.result != CheckResult::failed) continue;
    failures += (failed++ == 0 ? "" : ", ") + std::string(to_string(line.step)) +
                (line.subject.empty() ? "" : " (" + printable(line.subject) + ")");
  }
  if (failed == 0) return "all " + std::to_string(steps) + " steps passed";
  return std::to_string(failed) + " of " + std::to_string(steps) + " failed: " + failures + "; exit code " +
         std::to_string(static_cast<int>(report.exit_code));
}

}  // namespace

std::string_view to_string(CheckStep step) {
  switch (step) {
    case CheckStep::config: return "config";
    case CheckStep::endpoint: return "endpoint";
    case CheckStep::dns: return "dns";
    case CheckStep::tcp: return "tcp";
    case CheckStep::banner: return "banner";
    case CheckStep::key_exchange: return "key_exchange";
    case CheckStep::host_key: return "host_key";
    case CheckStep::authentication: return "authentication";
    case CheckStep::session: return "session";
    case CheckStep::forward: return "forward";
    case CheckStep::address: return "address";
    case CheckStep::target: return "target";
  }
  return "";
}

std::string_view to_string(CheckResult result) {
  switch (result) {
    case CheckResult::ok: return "ok";
    case CheckResult::warning: return "warning";
    case CheckResult::failed: return "failed";
    case CheckResult::skipped: return "skipped";
  }
  return "";
}

void CheckReport::fail(CheckLine line, ExitCode code) {
  line.result = CheckResult::failed;
  if (exit_code == ExitCode::ok) exit_code = code;
  lines.push_back(std::move(line));
}

ExitCode check_exit_code(CheckStep step, const boost::system::error_code& code) {
  switch (step) {
    case CheckStep::config: return ExitCode::config;
    case CheckStep::dns:
    case CheckStep::tcp:
    case CheckStep::banner:
    case CheckStep::key_exchange:
    case CheckStep::session:
    case CheckStep::address:
    case CheckStep::target: return ExitCode::unavailable;
    case CheckStep::host_key: return ExitCode::host_key;
    case CheckStep::forward: return ExitCode::cannot_create;
    case CheckStep::endpoint:
    case CheckStep::authentication: break;
  }
  if (code == errc::key_file_unreadable || code == errc::secret_file_unreadable) return ExitCode::no_input;
  if (code == errc::key_file_invalid || code == errc::key_file_needs_passphrase ||
      code == errc::passphrase_wrong)
    return ExitCode::config;
  return ssh::is_permanent(code) ? ExitCode::no_permission : ExitCode::unavailable;
}

CheckStep failed_step(ssh::ConnectStep reached, bool banner_seen, const boost::system::error_code& code) {
  switch (reached) {
    case ssh::ConnectStep::resolve: break;
    case ssh::ConnectStep::connect: return CheckStep::tcp;
    case ssh::ConnectStep::key_exchange: return banner_seen ? CheckStep::key_exchange : CheckStep::banner;
    case ssh::ConnectStep::host_key: return CheckStep::host_key;
    case ssh::ConnectStep::authenticate: return CheckStep::authentication;
  }
  // The known host keys are read before the first step.
  return code == errc::host_key_unknown ? CheckStep::host_key : CheckStep::dns;
}

bool is_servers_answer(const boost::system::error_code& code) {
  if (code.category() != ssh::error_category()) return false;
  switch (static_cast<errc>(code.value())) {
    case errc::open_administratively_prohibited:
    case errc::open_connect_failed:
    case errc::open_unknown_channel_type:
    case errc::open_resource_shortage:
    case errc::open_timeout:
    case errc::channel_closed:
    case errc::forward_refused:
    case errc::forward_timeout: return true;
    default: return false;
  }
}

std::string host_key_text(const ssh::HostKey& key, const ssh::HostKeyDecision& decision) {
  const auto shown = " (" + key.type + ' ' + ssh::fingerprint(key) + ')';
  const auto line = " line " + std::to_string(decision.line);
  const auto file = decision.file.empty() ? "" : " in " + decision.file;
  switch (decision.proof) {
    case ssh::HostKeyProof::known_hosts: return "matches known_hosts" + line + shown + file;
    case ssh::HostKeyProof::pin: return "matches SSH_HOST_KEY_FINGERPRINT" + shown;
    case ssh::HostKeyProof::certificate:
      return "has a certificate of the authority on known_hosts" + line + shown + file;
    case ssh::HostKeyProof::first_use:
      return (decision.line > 0 ? "is the key accepted on first use" : "is seen for the first time") + shown;
    case ssh::HostKeyProof::none: break;
  }
  return "is not compared with anything" + shown;
}

std::string check_text(const CheckReport& report) {
  std::string text;
  for (const auto& line : report.lines) text += text_line(line);
  return text + verdict(report) + '\n';
}

std::string check_json(const CheckReport& report) {
  json::array steps;
  for (const auto& line : report.lines) {
    json::object step;
    step["step"] = json::string_view(to_string(line.step));
    if (!line.subject.empty()) step["subject"] = text::valid_utf8(line.subject);
    step["result"] = json::string_view(to_string(line.result));
    if (!line.detail.empty()) step["detail"] = text::valid_utf8(line.detail);
    if (!line.hint.empty()) step["hint"] = text::valid_utf8(line.hint);
    if (line.took) step["duration_s"] = static_cast<double>(milliseconds(*line.took)) / 1000.0;
    steps.emplace_back(std::move(step));
  }
  json::object whole;
  whole["ok"] = report.exit_code == ExitCode::ok;
  whole["exit_code"] = static_cast<int>(report.exit_code);
  whole["steps"] = std::move(steps);
  whole["summary"] = verdict(report);
  return json::serialize(whole) + '\n';
}

}  // namespace towline::check
