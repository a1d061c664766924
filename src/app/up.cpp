#include "app/up.hpp"

#include "app/build.hpp"
#include "app/child.hpp"
#include "app/container.hpp"
#include "app/daemon.hpp"
#include "app/findings_log.hpp"
#include "app/sandbox.hpp"
#include "app/signals.hpp"
#include "async/start_thread.hpp"

#include <signal.h>
#include <string>
#include <unistd.h>

namespace towline::app {

namespace {

// A tunnel is kept without one where the kernel, an engine or an emulator has none.
std::string enter_sandbox_if_possible() {
  if (!sanitizers().empty()) return "off: sanitizers look at the process with ptrace";
  const auto entered = enter_sandbox();
  return entered ? "on" : "off: " + entered.error().message();
}

}  // namespace

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
  const auto shares = share_descriptors_of_process(loaded.config, InheritedDescriptors::look().count());
  if (!shares) return ExitCode::os_error;
  Daemon daemon(loaded, env, *shares, loaded.config.app.shutdown_delay, enter_sandbox_if_possible());
  if (has_loopback_of_its_own(env, config::inspect_file, ::getpid()))
    log_findings(daemon.log(), {{}, loaded.loopback_only});
  auto& context = daemon.context();
  const Signals signals(context, daemon.agent(), daemon.shutdown(), daemon.log());
  if (const auto started = daemon.start({}, [&context] { context.stop(); }); !started)
    return started.error().code == no_thread ? ExitCode::os_error : ExitCode::cannot_create;
  context.run();
  const auto code = exit_code_of(daemon.join());
  daemon.log().sum_up_all();
  daemon.log().info("shutdown.done", "stopped", {{"exit_code", static_cast<int>(code)}});
  return code;
}

}  // namespace towline::app
