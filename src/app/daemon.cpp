#include "app/daemon.hpp"

#include "app/build.hpp"
#include "app/findings_log.hpp"
#include "async/deadline.hpp"
#include "async/start_thread.hpp"
#include "config/describe.hpp"
#include "net/error.hpp"
#include "observe/failure_fields.hpp"
#include "observe/readiness_log.hpp"
#include "ssh/wire/error.hpp"

#include <chrono>
#include <signal.h>
#include <string>
#include <unistd.h>
#include <utility>
#include <vector>

namespace towline::app {

namespace {

// Nobody asks for anything before the agent exists and after it has ended; the defaults would kill.
void ignore_deadly_signals() {
  for (const int number : {SIGPIPE, SIGHUP, SIGUSR1}) ::signal(number, SIG_IGN);
}

std::vector<std::string> names_of(const std::vector<forward::ForwardSpec>& forwards) {
  std::vector<std::string> names;
  for (const auto& spec : forwards) names.push_back(spec.name);
  return names;
}

observe::Log start_log(const config::Loaded& loaded, const DescriptorShares& shares,
                       std::string_view sandbox) {
  ignore_deadly_signals();
  const observe::Log log(loaded.config.log);
  log.info("config.loaded", "the effective configuration",
           {{"config", config::settings_line(loaded.settings)}});
  log.info("agent.start", "starting",
           {{"version", version()},
            {"revision", revision()},
            {"pid", ::getpid()},
            {"uid", ::geteuid()},
            {"sandbox", sandbox}});
  log_findings(log, {{}, loaded.warnings});
  log_shares(log, loaded.config, shares);
  return log;
}

void log_failed_start(const observe::Log& log, const Failure& why) {
  if (why.code == no_thread) {
    log.write(observe::Level::error, "agent.failed", "could not start",
              observe::FailureFields({}, why, no_thread_hint));
    return;
  }
  if (why.code == ssh::errc::host_certificate_invalid) {
    log.write(observe::Level::error, "client.host_certificate",
              "the host certificate for clients cannot be used",
              observe::FailureFields({}, why, "see TOWLINE_HOST_CERTIFICATE"));
    return;
  }
  if (why.code.category() == ssh::error_category()) {
    log.write(observe::Level::error, "client.host_key", "the host key for clients cannot be used",
              observe::FailureFields({}, why, "see TOWLINE_HOST_KEY, or the key in TOWLINE_STATE_DIR"));
    return;
  }
  const auto* hint = net::is_resource_shortage(why.code)
                         ? net::resource_shortage_hint
                         : "set TOWLINE_ADMIN_LISTEN and TOWLINE_CONTROL_LISTEN to free addresses, or to off";
  log.write(observe::Level::error, "admin.failed", "could not bind the admin or the control port",
            observe::FailureFields({}, why, hint));
}

}  // namespace

Daemon::Daemon(const config::Loaded& loaded, const config::Env& env, const DescriptorShares& shares,
               std::string_view sandbox)
    : loaded_(loaded),
      log_(start_log(loaded, shares, sandbox)),
      pid_file_(loaded.config.app.pid_file, log_, files_),
      port_file_(port_file_paths(loaded.config.app.port_file, env), names_of(loaded.config.forwards), log_,
                 files_),
      url_file_(port_file_paths(loaded.config.app.url_file, env), names_of(loaded.config.forwards), log_,
                files_),
      systemd_(env),
      agent_(loaded.config, shares, log_,
             [this, log_change = observe::readiness_log(log_)](const observe::Verdict& verdict) {
               log_change(verdict);
               systemd_.update(agent_.board());
             }) {}

Result<supervisor::Ending> Daemon::run(std::span<const int> signals, Task<> main) {
  inbox_.hear(signals);
  connect();
  if (auto started = agent_.start([this] { inbox_.put(Inbox::ended); }); !started) {
    log_failed_start(log_, started.error());
    return started.error();
  }
  tasks_.spawn(inbox_.deliver());
  tasks_.spawn(beat());
  tasks_.spawn(run_to_end(std::move(main)));
  loop_.run();
  return agent_.join();
}

Task<> Daemon::run_to_end(Task<> main) {
  co_await std::move(main);
  tasks_.cancel();
}

void Daemon::connect() {
  agent_.board().on_publish(
      [this](const observe::ForwardTraits& forward, const observe::ForwardStatus& status) {
        url_file_.learn(forward.name, status.public_addresses);
        if (status.bound_port) port_file_.learn({forward.name, *status.bound_port});
        if (status.state == observe::ForwardState::binding && status.reason) port_file_.forget(forward.name);
      },
      [this] {
        systemd_.update(agent_.board());
        inbox_.put(Inbox::published);
      });
  agent_.when_reloading(
      [this](bool under_way) { under_way ? systemd_.reload_begins() : systemd_.reload_ends(); });
  agent_.admin().take_orders(loaded_.config.control, orders());
}

Task<> Daemon::beat() {
  if (!systemd_.beat_interval()) co_return;
  do {
    systemd_.beat(agent_.board());
  } while (!co_await sleep_until(std::chrono::steady_clock::now() + *systemd_.beat_interval()));
}

ExitCode Daemon::stopped(ExitCode code) const {
  log_.sum_up_all();
  log_.info("shutdown.done", "stopped", {{"exit_code", static_cast<int>(code)}});
  return code;
}

// Called on the admin server's thread.
admin::ControlOrders Daemon::orders() {
  admin::ControlOrders orders;
  orders.quit = [this] { inbox_.put(Inbox::quit); };
  orders.reload = [this] {
    log_.info("control.reload", "reload requested");
    agent_.reload();
  };
  orders.reconnect = [this](std::string_view forward) {
    const bool known = agent_.reconnect(forward);
    if (known) log_.info("control.reconnect", "reconnect requested", {{"forward", forward}});
    return known;
  };
  orders.disconnect = [this](std::uint64_t client) {
    const bool known = agent_.disconnect(client);
    if (known) log_.info("control.disconnect", "the end of a client was requested", {{"client", client}});
    return known;
  };
  orders.end_exposed = [this](std::string_view where) {
    const bool known = agent_.end_exposed(where);
    if (known)
      log_.info("control.end_exposed", "the end of what is exposed was requested", {{"exposed", where}});
    return known;
  };
  orders.set_level = [this](observe::Level level) { log_.set_level(level); };
  orders.config = config::settings_json(loaded_.settings);
  return orders;
}

}  // namespace towline::app
