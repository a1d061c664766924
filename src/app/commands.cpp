#include "app/commands.hpp"

#include "admin/healthcheck.hpp"
#include "app/arguments.hpp"
#include "app/build.hpp"
#include "app/child.hpp"
#include "app/findings_log.hpp"
#include "app/help.hpp"
#include "app/mask.hpp"
#include "app/run.hpp"
#include "app/up.hpp"
#include "check/check.hpp"
#include "config/describe.hpp"
#include "config/load.hpp"
#include "config/of_mode.hpp"
#include "observe/line_writer.hpp"

#include <algorithm>
#include <array>
#include <iostream>
#include <optional>
#include <string>
#include <unistd.h>
#include <utility>

namespace towline::app {

namespace {

ExitCode usage_error(std::string_view what, std::string_view word) {
  std::cerr << "towline: " << what << ' ' << config::quoted_value(word) << "; see towline help\n";
  return ExitCode::usage;
}

ExitCode report(const config::Findings& findings, const config::Env& env, observe::Log::Sink sink = {}) {
  report_findings(findings, config::load_log_options(env), std::move(sink));
  const bool files = findings.kind() == config::ProblemKind::missing_file;
  return files ? ExitCode::no_input : ExitCode::config;
}

// For what other programs start and watch: it ends, whether somebody reads that or not. People read the other
// commands, and may take their time.
ExitCode report_and_end(const config::Findings& findings, const config::Env& env) {
  observe::LineWriter to_stderr(STDERR_FILENO);
  return report(findings, env, [&](std::string_view line) { to_stderr.write(line); });
}

ExitCode usage_error(const UsageError& error) {
  std::cerr << "towline: " << error.text << "; see towline help\n";
  return ExitCode::usage;
}

ExitCode run_up(Arguments rest, config::Env& env) {
  if (!rest.empty()) return usage_error("up takes no argument, not", rest.front());
  const auto loaded = config::load(env, config::inspect_file);
  env.forget(config::secret_names());
  return loaded ? up(*loaded, env) : report_and_end(loaded.error(), env);
}

ExitCode run_run(Arguments rest, config::Env& env) {
  const auto inherited = InheritedDescriptors::look();
  const auto arguments = parse_run_arguments(rest);
  if (!arguments) return usage_error(arguments.error());
  Witness witness(signals_for_program(), [&env] { env.forget(config::secret_names()); });
  const auto loaded = config::load(env, config::inspect_file);
  if (!loaded || !loaded->config.app.run_keeps_secrets) env.forget(config::secret_names());
  if (loaded) return run(*loaded, env, *arguments, inherited, witness);
  report_and_end(loaded.error(), env);
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

ExitCode run_wait(Arguments rest, config::Env& env) {
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

ExitCode run_check(Arguments rest, config::Env& env) {
  const auto arguments = parse_check_arguments(rest);
  if (!arguments) return usage_error(arguments.error());
  return check::check(env, arguments->json);
}

ExitCode run_healthcheck(Arguments rest, config::Env& env) {
  if (!rest.empty()) return usage_error("healthcheck takes no argument, not", rest.front());
  const auto address = admin_address(env);
  if (!address) return ExitCode::not_ready;
  const auto readiness = admin::ask_readiness(*address);
  std::cout << readiness.text << (readiness.text.ends_with('\n') ? "" : "\n");
  return readiness.ready ? ExitCode::ok : ExitCode::not_ready;
}

ExitCode run_config(Arguments rest, config::Env& env) {
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

ExitCode run_version(Arguments rest, config::Env&) {
  const std::string_view what = rest.empty() ? "" : rest.front();
  const bool known = what.empty() || what == "--json" || what == "--licenses";
  if (rest.size() > 1 || !known) return usage_error("version does not know", rest.back());
  std::cout << (what == "--json" ? version_json() : what == "--licenses" ? licenses_text() : version_text());
  return ExitCode::ok;
}

ExitCode run_help(Arguments rest, config::Env&) {
  if (rest.size() > 1) return usage_error("help takes one argument, not", rest[1]);
  const auto what = rest.empty() ? std::string_view() : rest.front();
  if (what.empty() || what == "--all" || what == "--man") {
    std::cout << (what.empty() ? help_screen() : what == "--all" ? help_all() : man_page(version()));
    return ExitCode::ok;
  }
  const auto field = std::ranges::find_if(
      config::fields(), [&](const config::Field& row) { return row.name == what || row.alias == what; });
  if (field != config::fields().end()) {
    std::cout << config::help_text(*field);
    return ExitCode::ok;
  }
  // Not a mode of its own: -R, and who makes it public.
  const auto mode = config::parse_mode(what == "publish" ? "-R" : what);
  if (!mode) return usage_error("there is no variable and no mode", what);
  std::cout << config::help_text(config::fields_of_mode(mode->mode));
  return ExitCode::ok;
}

struct Entry {
  std::string_view name;
  ExitCode (*run)(Arguments rest, config::Env& env);
};

constexpr std::array known_commands = {
    Entry{"up", run_up},
    Entry{"run", run_run},
    Entry{"wait", run_wait},
    Entry{"check", run_check},
    Entry{"healthcheck", run_healthcheck},
    Entry{"config", run_config},
    Entry{"version", run_version},
    Entry{"--version", run_version},
    Entry{"help", run_help},
    Entry{"--help", run_help},
    Entry{"-h", run_help},
};

}  // namespace

ExitCode run_command(Arguments arguments, config::Env env) {
  std::cerr << github_masks(env).reveal() << std::flush;
  if (arguments.empty()) return run_up({}, env);
  const auto* command = std::ranges::find(known_commands, arguments.front(), &Entry::name);
  if (command == known_commands.end()) return usage_error("there is no command", arguments.front());
  return command->run(arguments.subspan(1), env);
}

}  // namespace towline::app
