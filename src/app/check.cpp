#include "app/check.hpp"

#include "app/check_forwards.hpp"
#include "app/check_report.hpp"
#include "app/check_steps.hpp"
#include "async/task_group.hpp"
#include "config/load.hpp"
#include "ssh/transport/library.hpp"

#include <boost/asio/io_context.hpp>

#include <iostream>
#include <signal.h>
#include <utility>
#include <vector>

namespace towline::app {

namespace {

CheckReport config_report(const config::Findings& findings) {
  CheckReport report;
  for (const auto& problem : findings.problems) {
    const bool file = problem.kind == config::ProblemKind::missing_file;
    report.fail({.detail = config::fault(problem), .hint = problem.right},
                file ? ExitCode::no_input : ExitCode::config);
  }
  for (const auto& warning : findings.warnings) {
    report.add({.result = CheckResult::warning, .detail = config::to_string(warning)});
  }
  if (findings.kind() == config::ProblemKind::configuration && !findings.problems.empty())
    report.exit_code = ExitCode::config;
  return report;
}

void add_config(CheckReport& report, const config::Loaded& loaded) {
  for (const auto& warning : loaded.warnings) {
    report.add({.result = CheckResult::warning, .detail = config::to_string(warning)});
  }
  const auto count = loaded.config.forwards.size();
  report.add({.detail = std::to_string(count) + (count == 1 ? " forward" : " forwards")});
}

void add_unverified(CheckReport& report, const ssh::ConnectReport& server) {
  if (server.host_key_decision.verified()) return;
  report.add({.step = CheckStep::host_key,
              .subject = net::to_string(server.host_key.server),
              .result = CheckResult::warning,
              .detail = "the host key was not compared with anything",
              .hint = "compare the fingerprint on the server, then set SSH_KNOWN_HOSTS_FILE or "
                      "SSH_HOST_KEY_FINGERPRINT"});
}

// One server of the pool, jump hosts included. The first that lets us in is asked about the forwards.
Task<> check_server(const config::Config& config, net::HostPort server, CheckStage stage,
                    bool& forwards_done) {
  auto options = config.ssh;
  options.server = std::move(server);
  CheckSteps steps(options, stage.report);
  ssh::AcceptedHostKeys accepted(options.host_key.accepted_file, ssh::AcceptedHostKeys::File::read_only);
  auto connected = co_await ssh::connect(options, stage.resolver, accepted, steps);
  if (!connected) {
    steps.failed(connected.error());
    co_return;
  }
  steps.arrived();
  for (const auto& hop : connected->hop_reports) add_unverified(stage.report, hop);
  add_unverified(stage.report, connected->report);
  static const std::vector<forward::ForwardSpec> none;
  const auto& forwards = std::exchange(forwards_done, true) ? none : stage.forwards;
  const CheckStage rest{forwards, stage.ssh, stage.admin, stage.resolver, stage.report};
  co_await check_forwards(rest, std::move(*connected));
}

Task<> check_all(const config::Config& config, CheckReport& report) {
  const net::Resolver resolver;
  const CheckStage stage{config.forwards, config.ssh, config.admin, resolver, report};
  bool forwards_done = false;
  for (const auto& server : config.pool.servers) co_await check_server(config, server, stage, forwards_done);
  if (!forwards_done) skip_forwards(stage);
}

CheckReport find_out(const config::Loading& loaded) {
  if (!loaded) return config_report(loaded.error());
  ::signal(SIGPIPE, SIG_IGN);
  const ssh::Library library;
  CheckReport report;
  add_config(report, *loaded);
  asio::io_context io{1};
  TaskGroup tasks(io.get_executor());
  tasks.spawn(check_all(loaded->config, report));
  io.run();
  return report;
}

}  // namespace

ExitCode check(const config::Env& env, bool json) {
  const auto report = find_out(config::load(env, config::inspect_file));
  std::cout << (json ? check_json(report) : check_text(report)) << std::flush;
  return report.exit_code;
}

}  // namespace towline::app
