#include "app/up.hpp"

#include "app/agent.hpp"
#include "app/build.hpp"
#include "app/signals.hpp"
#include "config/describe.hpp"
#include "observe/log.hpp"
#include "ssh/transport/library.hpp"
#include "supervisor/supervisor.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <signal.h>
#include <unistd.h>

namespace towline::app {

namespace {

void log_start(const observe::Log& log, const config::Loaded& loaded) {
  log.info("config.loaded", "the effective configuration",
           {{"config", config::settings_line(loaded.settings)}});
  log.info("agent.start", "towline starts",
           {{"version", version()}, {"revision", revision()}, {"pid", ::getpid()}, {"uid", ::geteuid()}});
  for (const auto& warning : loaded.warnings)
    log.warn("config.warning", warning.text, {{"variable", warning.variable}});
}

// Nobody asks for anything before the agent exists and after it has ended; the defaults would kill.
void ignore_deadly_signals() {
  for (const int number : {SIGPIPE, SIGHUP, SIGUSR1}) ::signal(number, SIG_IGN);
}

}  // namespace

ExitCode exit_code_of(supervisor::Ending ending) {
  switch (ending) {
    case supervisor::Ending::stopped: return ExitCode::ok;
    case supervisor::Ending::lifetime_over: return ExitCode::ok;
    case supervisor::Ending::gave_up: return ExitCode::unavailable;
    case supervisor::Ending::host_key_refused: return ExitCode::host_key;
    case supervisor::Ending::auth_refused: return ExitCode::no_permission;
    case supervisor::Ending::cannot_listen: return ExitCode::cannot_create;
  }
  return ExitCode::internal;
}

ExitCode up(const config::Loaded& loaded) {
  ignore_deadly_signals();
  const ssh::Library library;
  const observe::Log log(loaded.config.log);
  log_start(log, loaded);

  asio::io_context main_context{1};
  const auto keep_running = asio::make_work_guard(main_context);
  Agent agent(loaded.config, log);
  const Signals signals(main_context, agent, log);
  if (auto started = agent.start([&main_context] { main_context.stop(); }); !started) {
    log.error("admin.failed", "the admin port cannot be bound",
              {{"err", started.error().message()},
               {"hint", "set TOWLINE_ADMIN_LISTEN to a free address, or to off"}});
    return ExitCode::cannot_create;
  }
  main_context.run();
  const auto code = exit_code_of(agent.join());
  log.sum_up_all();
  log.info("shutdown.done", "towline ends", {{"exit_code", static_cast<int>(code)}});
  return code;
}

}  // namespace towline::app
