#include "app/up.hpp"

#include "app/container.hpp"
#include "app/daemon.hpp"
#include "app/findings_log.hpp"
#include "app/signals.hpp"

#include <signal.h>
#include <unistd.h>

namespace towline::app {

ExitCode exit_code_of(supervisor::Ending ending) {
  switch (ending) {
    case supervisor::Ending::stopped:
    case supervisor::Ending::lifetime_over: return ExitCode::ok;
    case supervisor::Ending::gave_up: return ExitCode::unavailable;
    case supervisor::Ending::host_key_refused: return ExitCode::host_key;
    case supervisor::Ending::auth_refused: return ExitCode::no_permission;
    case supervisor::Ending::cannot_listen: return ExitCode::cannot_create;
  }
  return ExitCode::internal;
}

ExitCode up(const config::Loaded& loaded, const config::Env& env) {
  // Whoever is orphaned in a container becomes a child of process 1; ignored, it leaves no zombie.
  if (::getpid() == 1) ::signal(SIGCHLD, SIG_IGN);
  Daemon daemon(loaded, env, loaded.config.app.shutdown_delay);
  if (has_loopback_of_its_own(env, config::inspect_file, ::getpid()))
    log_findings(daemon.log(), {{}, loaded.loopback_only});
  auto& context = daemon.context();
  const Signals signals(context, daemon.agent(), daemon.shutdown());
  if (!daemon.start({}, [&context] { context.stop(); })) return ExitCode::cannot_create;
  context.run();
  const auto code = exit_code_of(daemon.join());
  daemon.log().sum_up_all();
  daemon.log().info("shutdown.done", "stopped", {{"exit_code", static_cast<int>(code)}});
  return code;
}

}  // namespace towline::app
