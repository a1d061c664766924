#include "check/check.hpp"

#include "async/task_group.hpp"
#include "check/credentials.hpp"
#include "check/endpoint.hpp"
#include "check/forwards.hpp"
#include "check/report.hpp"
#include "check/session.hpp"
#include "check/steps.hpp"
#include "config/load.hpp"
#include "ssh/transport/client/library.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <chrono>
#include <iostream>
#include <signal.h>
#include <utility>
#include <vector>

namespace towline::check {

namespace {

CheckReport config_report(const config::Findings& findings) {
  CheckReport report;
  for (const auto& problem : findings.problems) {
    const bool file = problem.kind == config::ProblemKind::missing_file;
    report.fail({.detail = config::wrong_text(problem), .hint = problem.right},
                file ? ExitCode::no_input : ExitCode::config);
  }
  for (const auto& warning : findings.warnings) {
    report.add({.result = CheckResult::warning, .detail = config::to_string(warning)});
  }
  if (findings.kind() == config::ProblemKind::configuration && !findings.problems.empty())
    report.exit_code = ExitCode::config;
  return report;
}

// False: no server need be asked.
bool add_config(CheckReport& report, const config::Loaded& loaded) {
  for (const auto& warning : loaded.warnings) {
    report.add({.result = CheckResult::warning, .detail = config::to_string(warning)});
  }
  const auto& config = loaded.config;
  const auto count = config.forwards.size();
  const auto forwards = std::to_string(count) + (count == 1 ? " forward" : " forwards");
  if (config.pool.servers.empty()) {
    report.add({.detail = forwards});
    check_endpoint(config.endpoint, report);
    return false;
  }
  if (!check_credentials(config.pool.servers.front(), config.ssh, report)) return false;
  report.add({.detail = forwards});
  return !std::ranges::any_of(config.forwards, forward::is_endpoint) ||
         check_endpoint(config.endpoint, report);
}

// One server of the pool, jump hosts included. The first that lets us in and lets us stay is asked about
// the forwards.
Task<> check_server(const config::Config& config, const net::HostPort& server, CheckStage stage,
                    bool& forwards_done) {
  const auto& options = config.ssh;
  CheckSteps steps(server, options, stage.report);
  ssh::AcceptedHostKeys accepted(options.host_key.accepted_file, ssh::AcceptedHostKeys::File::read_only);
  auto [trace, connected] = co_await ssh::connect(server, options, stage.resolver, accepted);
  if (!connected) co_return steps.failed(connected.error(), trace);
  steps.arrived(trace);
  stage.server_address = trace.visits.back().address;
  const auto executor = co_await asio::this_coro::executor;
  CheckSession session(executor, std::move(*connected), options);
  const auto began = std::chrono::steady_clock::now();
  if (const auto loss = co_await session.outlast_login()) {
    steps.session_lost(*loss);
  } else {
    steps.session_kept(std::chrono::steady_clock::now() - began);
    if (!std::exchange(forwards_done, true)) co_await check_forwards(stage, session, steps);
  }
  co_await session.close();
}

Task<> check_all(const config::Config& config, CheckReport& report) {
  const net::Resolver resolver({.family = config.ssh.socket.family});
  const CheckStage stage{
      config.forwards, config.share.allowed.session, config.publish, config.ssh, config.admin, resolver,
      report};
  bool forwards_done = false;
  for (const auto& server : config.pool.servers) co_await check_server(config, server, stage, forwards_done);
  if (!forwards_done) skip_forwards(stage);
}

CheckReport find_out(const config::Loading& loaded) {
  if (!loaded) return config_report(loaded.error());
  ::signal(SIGPIPE, SIG_IGN);
  const ssh::Library library;
  CheckReport report;
  if (!add_config(report, *loaded)) return report;
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

}  // namespace towline::check
