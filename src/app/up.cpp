#include "app/up.hpp"

#include "app/build.hpp"
#include "app/child.hpp"
#include "app/container.hpp"
#include "app/daemon.hpp"
#include "app/end_deadline.hpp"
#include "app/findings_log.hpp"
#include "app/sandbox.hpp"
#include "app/stop_request.hpp"
#include "async/start_thread.hpp"
#include "ssh/wire/error.hpp"

#include <chrono>
#include <optional>
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

constexpr int signals_of_up[] = {SIGTERM, SIGINT, SIGHUP, SIGUSR1};

// The orderly end: readiness is false at once, connections are still taken for a while
// (TOWLINE_SHUTDOWN_DELAY), so that load balancers learn of the 503 before they are refused; then the agent
// stops.
void begin_end(Daemon& daemon, int cause, std::chrono::milliseconds delay) {
  const auto* name = cause == SIGTERM ? "SIGTERM" : cause == SIGINT ? "SIGINT" : "quitquitquit";
  daemon.log().info("shutdown.begin", "draining", {{"cause", name}, {"shutdown_delay_s", delay}});
  daemon.agent().board().begin_draining();
}

// The first request to stop begins the end, a later signal (stop_request.hpp) ends the process at once;
// SIGHUP reloads, SIGUSR1 makes every session anew, as autossh's does. On the main thread, so that a session
// loop that is stuck cannot keep the process alive.
Task<> serve(Daemon& daemon, std::chrono::milliseconds delay) {
  std::optional<Deadline> begun;
  auto stop_at = Deadline::max();
  for (;;) {
    const int news = co_await daemon.inbox().next(stop_at);
    switch (news) {
      case Inbox::ended: co_return;
      case Inbox::published: continue;
      case Inbox::too_late:
        stop_at = Deadline::max();
        daemon.agent().stop();
        continue;
      case SIGHUP: daemon.agent().reload(); continue;
      case SIGUSR1: daemon.agent().reconnect(""); continue;
      default: break;
    }
    const auto now = std::chrono::steady_clock::now();
    switch (meaning_of_stop(begun, now)) {
      case StopMeaning::begin:
        begin_end(daemon, news, delay);
        begun = now;
        stop_at = now + delay;
        continue;
      case StopMeaning::same: continue;
      case StopMeaning::now:
        if (news != Inbox::quit) end_now(daemon.log(), static_cast<int>(ExitCode::signalled) + news);
    }
  }
}

ExitCode exit_code_of(const Failure& no_start) {
  if (no_start.code == no_thread) return ExitCode::os_error;
  return no_start.code.category() == ssh::error_category() ? ExitCode::config : ExitCode::cannot_create;
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
  Daemon daemon(loaded, env, *shares, enter_sandbox_if_possible());
  if (has_loopback_of_its_own(env, config::inspect_file, ::getpid()))
    log_findings(daemon.log(), {{}, loaded.loopback_only});
  const auto ending = daemon.run(signals_of_up, serve(daemon, loaded.config.app.shutdown_delay));
  if (ending) return daemon.stopped(exit_code_of(*ending));
  return exit_code_of(ending.error());
}

}  // namespace towline::app
