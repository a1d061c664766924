#include "app/check_report.hpp"

#include "observe/utf8.hpp"
#include "ssh/error.hpp"

#include <boost/json.hpp>

#include <array>
#include <utility>

namespace towline::app {

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
  std::string out = observe::valid_utf8(text);
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
  for (const auto& line : report.lines) {
    if (line.result != CheckResult::failed) continue;
    return "failed at: " + std::string(to_string(line.step)) +
           (line.subject.empty() ? "" : " (" + printable(line.subject) + ")") + "; exit code " +
           std::to_string(static_cast<int>(report.exit_code)) + '\n';
  }
  return "everything works\n";
}

}  // namespace

std::string_view to_string(CheckStep step) {
  switch (step) {
    case CheckStep::config: return "config";
    case CheckStep::dns: return "dns";
    case CheckStep::tcp: return "tcp";
    case CheckStep::banner: return "banner";
    case CheckStep::key_exchange: return "key_exchange";
    case CheckStep::host_key: return "host_key";
    case CheckStep::authentication: return "authentication";
    case CheckStep::forward: return "forward";
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
    case CheckStep::target: return ExitCode::unavailable;
    case CheckStep::host_key: return ExitCode::host_key;
    case CheckStep::forward: return ExitCode::cannot_create;
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

std::string check_text(const CheckReport& report) {
  std::string text;
  for (const auto& line : report.lines) text += text_line(line);
  return text + verdict(report);
}

std::string check_json(const CheckReport& report) {
  json::array steps;
  for (const auto& line : report.lines) {
    json::object step;
    step["step"] = json::string_view(to_string(line.step));
    if (!line.subject.empty()) step["subject"] = observe::valid_utf8(line.subject);
    step["result"] = json::string_view(to_string(line.result));
    if (!line.detail.empty()) step["detail"] = observe::valid_utf8(line.detail);
    if (!line.hint.empty()) step["hint"] = observe::valid_utf8(line.hint);
    if (line.took) step["duration_s"] = static_cast<double>(milliseconds(*line.took)) / 1000.0;
    steps.emplace_back(std::move(step));
  }
  json::object whole;
  whole["ok"] = report.exit_code == ExitCode::ok;
  whole["exit_code"] = static_cast<int>(report.exit_code);
  whole["steps"] = std::move(steps);
  return json::serialize(whole) + '\n';
}

}  // namespace towline::app
