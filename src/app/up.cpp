#include "app/up.hpp"

#include "admin/server.hpp"
#include "app/build.hpp"
#include "config/describe.hpp"
#include "forward/probe_rules.hpp"
#include "net/host_port.hpp"
#include "observe/board.hpp"
#include "observe/log.hpp"
#include "observe/metrics.hpp"
#include "observe/readiness_log.hpp"
#include "ssh/connection/keepalive.hpp"
#include "ssh/transport/library.hpp"
#include "supervisor/supervisor.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>

#include <exception>
#include <optional>
#include <pthread.h>
#include <signal.h>
#include <string>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

namespace towline::app {

namespace {

using config::Config;

observe::ForwardTraits traits_of(const forward::ForwardSpec& spec, const Config& config) {
  const auto deadline = ssh::connection::Keepalive::deadline(config.ssh.keepalive);
  observe::ForwardTraits traits{.name = spec.name,
                                .mode = forward::to_string(spec.mode),
                                .listen = forward::listen_text(spec),
                                .target = forward::connect_text(spec),
                                .server = net::to_string(config.ssh.server),
                                .required = spec.required,
                                .max_connections = spec.max_connections,
                                .rx_deadline = {},
                                .probed = forward::is_probed(spec)};
  if (deadline.count() > 0) traits.rx_deadline = deadline;
  return traits;
}

std::vector<observe::ForwardTraits> all_traits(const Config& config) {
  std::vector<observe::ForwardTraits> all;
  for (const auto& spec : config.forwards) all.push_back(traits_of(spec, config));
  return all;
}

void log_start(const observe::Log& log, const config::Loaded& loaded) {
  log.info("config.loaded", "the effective configuration",
           {{"config", config::settings_line(loaded.settings)}});
  log.info("agent.start", "towline starts",
           {{"version", version()}, {"revision", revision()}, {"pid", ::getpid()}, {"uid", ::geteuid()}});
  for (const auto& warning : loaded.warnings)
    log.warn("config.warning", warning.text, {{"variable", warning.variable}});
}

// The session thread: one io_context, one SSH session, its forwards.
class SessionThread {
 public:
  SessionThread(const Config& config, observe::Board& board, observe::Metrics& metrics,
                const observe::Log& log)
      : pulse_(board.add_pulse("session")), supervisor_(make(config, board, metrics, log)) {}
  ~SessionThread() {
    if (thread_.joinable()) thread_.join();
  }

  // `ended` is called on the session's thread when there is nothing left to run.
  template <class Ended>
  void start(Ended ended) {
    asio::co_spawn(context_, supervisor_.run(),
                   [this, ended](std::exception_ptr bug, supervisor::Ending ending) {
                     if (bug) std::rethrow_exception(bug);
                     ending_ = ending;
                     ended();
                   });
    thread_ = std::thread([this] { context_.run(); });
  }
  void stop() {
    asio::post(context_, [this] { supervisor_.stop(); });
  }
  supervisor::Ending join() {
    thread_.join();
    return *ending_;
  }

 private:
  supervisor::Supervisor make(const Config& config, observe::Board& board, observe::Metrics& metrics,
                              const observe::Log& log) {
    std::vector<supervisor::SupervisedForward> forwards;
    for (const auto& spec : config.forwards) {
      forwards.push_back(
          {spec, metrics.forward(spec.name), board.add_forward(traits_of(spec, config), pulse_)});
    }
    supervisor::Options options{config.ssh, config.reconnect, config.app.drain_timeout};
    return {context_.get_executor(), std::move(options), forwards, pulse_, metrics, log};
  }

  asio::io_context context_{1};
  observe::Pulse& pulse_;
  supervisor::Supervisor supervisor_;
  std::optional<supervisor::Ending> ending_;
  std::thread thread_;
};

// The first SIGTERM or SIGINT drains, the second ends the process at once. Runs on the main thread, so that a
// session loop that is stuck cannot keep the process alive.
class Signals {
 public:
  Signals(asio::io_context& context, observe::Board& board, SessionThread& session, const observe::Log& log)
      : set_(context, SIGTERM, SIGINT), board_(board), session_(session), log_(log) {
    wait();
  }
  void cancel() { set_.cancel(); }

 private:
  void wait() {
    set_.async_wait([this](error_code ec, int number) {
      if (!ec) on_signal(number);
    });
  }
  void on_signal(int number) {
    if (draining_) ::_exit(static_cast<int>(ExitCode::signalled) + number);
    draining_ = true;
    log_.info("shutdown.begin", "draining", {{"signal", number}});
    board_.begin_draining();
    session_.stop();
    wait();
  }

  asio::signal_set set_;
  observe::Board& board_;
  SessionThread& session_;
  observe::Log log_;
  bool draining_ = false;
};

ExitCode exit_code_of(supervisor::Ending ending) {
  switch (ending) {
    case supervisor::Ending::stopped: return ExitCode::ok;
    case supervisor::Ending::gave_up: return ExitCode::unavailable;
    case supervisor::Ending::cannot_listen: return ExitCode::cannot_create;
  }
  return ExitCode::internal;
}

}  // namespace

ExitCode up(const config::Loaded& loaded) {
  const auto& config = loaded.config;
  ::signal(SIGPIPE, SIG_IGN);
  const ssh::Library library;
  const observe::Log log(config.log);
  log_start(log, loaded);

  observe::Metrics metrics(build_info(), all_traits(config), log);
  observe::Board board({}, observe::readiness_log(log));
  SessionThread session(config, board, metrics, log);
  admin::Server admin(config.admin, board, metrics);
  if (auto started = admin.start(); !started) {
    log.error("admin.failed", "the admin port cannot be bound",
              {{"err", started.error().message()},
               {"hint", "set TOWLINE_ADMIN_LISTEN to a free address, or to off"}});
    return ExitCode::cannot_create;
  }
  asio::io_context main_context{1};
  auto keep_running = asio::make_work_guard(main_context);
  Signals signals(main_context, board, session, log);
  session.start([&main_context] { main_context.stop(); });
  main_context.run();
  const auto code = exit_code_of(session.join());
  admin.stop();
  log.sum_up_all();
  log.info("shutdown.done", "towline ends", {{"exit_code", static_cast<int>(code)}});
  return code;
}

}  // namespace towline::app
