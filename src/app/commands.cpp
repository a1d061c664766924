#include "app/commands.hpp"

#include "admin/healthcheck.hpp"
#include "app/arguments.hpp"
#include "app/build.hpp"
#include "app/check.hpp"
#include "app/child.hpp"
#include "app/findings_log.hpp"
#include "app/mask.hpp"
#include "app/run.hpp"
#include "app/up.hpp"
#include "config/describe.hpp"
#include "config/load.hpp"

#include <algorithm>
#include <array>
#include <iostream>
#include <optional>
#include <string>

namespace towline::app {

namespace {

constexpr std::string_view usage_text = R"(Keeps SSH tunnels alive. Configured by environment variables only.

Usage: towline [COMMAND]

  up              run until a signal (what happens without a command)
  run -- CMD ARG  bring the forwards up, run CMD, end with its exit code
                  (--timeout 60s: how long to wait for them, 0 = for ever)
  wait            until the towline of this container is ready: exit 0, or 124 after --timeout 60s
  check           find out step by step what works and what does not (--json for programs)
  healthcheck     ask the towline of this container whether it is ready: exit 0 or 1
  config          print the effective configuration, where each value comes from, and the forwards
                  (--json for programs, --markdown for the table of variables)
  version         print what this binary is made of (--json for programs)
  help            print this text and every variable; help VARIABLE: that one alone

Example: port 5432 here becomes db:5432 behind bastion (in a container also SSH_BIND_IP=0.0.0.0)

  SSH_REMOTE_HOST=bastion SSH_REMOTE_USER=tunnel SSH_KEY_FILE=key SSH_KNOWN_HOSTS_FILE=known_hosts \
  SSH_MODE=-L SSH_TUNNEL_PORT=5432 SSH_TARGET_HOST=db SSH_TARGET_PORT=5432  towline

)";

ExitCode usage_error(std::string_view what, std::string_view word) {
  std::cerr << "towline: " << what << ' ' << config::quoted(word) << "; see towline help\n";
  return ExitCode::usage;
}

ExitCode report(const config::Findings& findings, const config::Env& env) {
  report_findings(findings, config::load_log_options(env));
  const bool files = findings.kind() == config::ProblemKind::missing_file;
  return files ? ExitCode::no_input : ExitCode::config;
}

ExitCode usage_error(const UsageError& error) {
  std::cerr << "towline: " << error.text << "; see towline help\n";
  return ExitCode::usage;
}

ExitCode run_up(Arguments rest, const config::Env& env) {
  if (!rest.empty()) return usage_error("up takes no argument, not", rest.front());
  const auto loaded = config::load(env, config::inspect_file);
  return loaded ? up(*loaded, env) : report(loaded.error(), env);
}

ExitCode run_run(Arguments rest, const config::Env& env) {
  const auto inherited = InheritedDescriptors::look();
  const auto arguments = parse_run_arguments(rest);
  if (!arguments) return usage_error(arguments.error());
  Witness witness(signals_for_program());
  const auto loaded = config::load(env, config::inspect_file);
  if (loaded) return run(*loaded, env, *arguments, inherited, witness);
  report(loaded.error(), env);
  return ExitCode::run_failed;
}

// Where a running towline is asked; nothing, and said why, where it cannot be.
std::optional<net::HostPort> admin_address(const config::Env& env) {
  const auto options = config::load_admin_options(env);
  if (options && options->listen) return options->listen;
  static const config::Problem nothing_to_ask{config::ProblemKind::configuration, "TOWLINE_ADMIN_LISTEN",
                                              "is off: there is nothing to ask",
                                              "set it to the address of the running towline"};
  report({{options ? nothing_to_ask : options.error()}, {}}, env);
  return std::nullopt;
}

ExitCode run_wait(Arguments rest, const config::Env& env) {
  const auto arguments = parse_wait_arguments(rest);
  if (!arguments) return usage_error(arguments.error());
  const auto address = admin_address(env);
  if (!address) return ExitCode::timed_out;
  const auto readiness = admin::await_readiness(*address, arguments->patience);
  if (readiness.ready) return ExitCode::ok;
  std::cerr << "towline: not ready after " << arguments->patience.count() << " s\n"
            << readiness.text << (readiness.text.ends_with('\n') ? "" : "\n");
  return ExitCode::timed_out;
}

ExitCode run_check(Arguments rest, const config::Env& env) {
  const auto arguments = parse_check_arguments(rest);
  if (!arguments) return usage_error(arguments.error());
  return check(env, arguments->json);
}

ExitCode run_healthcheck(Arguments rest, const config::Env& env) {
  if (!rest.empty()) return usage_error("healthcheck takes no argument, not", rest.front());
  const auto address = admin_address(env);
  if (!address) return ExitCode::not_ready;
  const auto readiness = admin::ask_readiness(*address);
  std::cout << readiness.text << (readiness.text.ends_with('\n') ? "" : "\n");
  return readiness.ready ? ExitCode::ok : ExitCode::not_ready;
}

ExitCode run_config(Arguments rest, const config::Env& env) {
  if (rest.size() > 1) return usage_error("config takes one argument, not also", rest[1]);
  if (!rest.empty() && rest.front() == "--markdown") {
    std::cout << config::markdown();
    return ExitCode::ok;
  }
  const bool json = !rest.empty() && rest.front() == "--json";
  if (!rest.empty() && !json) return usage_error("config does not know", rest.front());
  const auto loaded = config::load(env, config::inspect_file);
  if (!loaded) {
    const auto code = report(loaded.error(), env);
    std::cout << (json ? config::rejection_json(loaded.error())
                       : config::settings_text(loaded.error().settings));
    return code;
  }
  report({{}, loaded->warnings}, env);
  std::cout << (json ? config::config_json(*loaded) : config::config_text(*loaded));
  return ExitCode::ok;
}

ExitCode run_version(Arguments rest, const config::Env&) {
  const bool json = !rest.empty() && rest.front() == "--json";
  if (rest.size() > (json ? 1U : 0U)) return usage_error("version does not know", rest.back());
  std::cout << (json ? version_json() : version_text());
  return ExitCode::ok;
}

ExitCode run_help(Arguments rest, const config::Env&) {
  if (!rest.empty()) {
    const auto field = std::ranges::find_if(config::fields(), [&](const config::Field& row) {
      return row.name == rest.front() || row.alias == rest.front();
    });
    if (field == config::fields().end()) return usage_error("there is no variable", rest.front());
    std::cout << config::help_text(*field);
    return ExitCode::ok;
  }
  std::cout << usage_text << config::help_text();
  return ExitCode::ok;
}

struct Command {
  std::string_view name;
  ExitCode (*run)(Arguments rest, const config::Env& env);
};

constexpr std::array commands = {
    Command{"up", run_up},
    Command{"run", run_run},
    Command{"wait", run_wait},
    Command{"check", run_check},
    Command{"healthcheck", run_healthcheck},
    Command{"config", run_config},
    Command{"version", run_version},
    Command{"--version", run_version},
    Command{"help", run_help},
    Command{"--help", run_help},
    Command{"-h", run_help},
};

}  // namespace

ExitCode run_command(Arguments arguments, const config::Env& env) {
  std::cerr << github_masks(env) << std::flush;
  if (arguments.empty()) return run_up({}, env);
  const auto* command = std::ranges::find(commands, arguments.front(), &Command::name);
  if (command == commands.end()) return usage_error("there is no command", arguments.front());
  return command->run(arguments.subspan(1), env);
}

}  // namespace towline::app
