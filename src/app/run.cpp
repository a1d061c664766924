#include "app/run.hpp"

#include "app/daemon.hpp"
#include "app/end_deadline.hpp"
#include "app/give_up.hpp"
#include "app/private_folder.hpp"
#include "app/stop_request.hpp"
#include "async/deadline.hpp"
#include "async/start_thread.hpp"
#include "config/fields.hpp"
#include "config/file_facts.hpp"
#include "config/key_text.hpp"
#include "config/path_text.hpp"
#include "observe/failure_fields.hpp"
#include "observe/health.hpp"
#include "share/ssh_config.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <iterator>
#include <optional>
#include <signal.h>
#include <string>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace towline::app {

namespace {

using Clock = std::chrono::steady_clock;

// A path that exists is one; anything else may be a key that lost its way.
std::string shown_program(const std::string& program) {
  return config::may_be_secret(program) ? config::showable_path(program, config::inspect_file) : program;
}

// Ours, and of the secrets that were taken out of it those that were not forgotten.
std::vector<std::string> environment_with_secrets(const config::Env& env) {
  auto variables = config::environment_of_process();
  for (const auto name : config::secret_names()) {
    if (const auto value = env.get(name)) variables.push_back(std::string(name) + '=' + std::string(*value));
  }
  return variables;
}

// SIGUSR1 and SIGHUP are the program's here; SIGCHLD is ours.
constexpr int signals_of_run[] = {SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGCHLD};
constexpr auto passed_on = std::span(signals_of_run).first<std::size(signals_of_run) - 1>();

bool is_passed_on(int news) { return std::ranges::find(passed_on, news) != passed_on.end(); }
bool asks_to_stop(int news) { return news == SIGTERM || news == SIGINT; }

// The witness has to be scheduled, on a machine that may be busy.
constexpr std::chrono::milliseconds witness_patience{100};

class Runner {
 public:
  Runner(Daemon& daemon, const config::Env& env, const RunArguments& arguments,
         const InheritedDescriptors& inherited, Witness& witness)
      : daemon_(daemon), env_(env), arguments_(arguments), inherited_(inherited), witness_(witness) {}

  Task<> run();
  ExitCode code() const { return static_cast<ExitCode>(code_); }

 private:
  Task<bool> ready();
  bool start();
  std::vector<std::string> variables();
  bool make_ssh_folder();
  Task<> program_ended();
  Task<> agent_ended();
  Task<int> next(Deadline deadline = Deadline::max());
  Task<> pass_on(int number);
  bool is_same_stop();
  void reap();
  LostCause unready_cause();
  void log_unready(std::string_view message, const LostCause& cause);

  Daemon& daemon_;
  const config::Env& env_;
  const RunArguments& arguments_;
  const InheritedDescriptors& inherited_;
  Witness& witness_;
  std::optional<Clock::time_point> stop_begun_;
  std::optional<PrivateFolder> ssh_folder_;
  pid_t program_ = -1;  // while it runs
  int code_ = static_cast<int>(ExitCode::run_failed);
  bool agent_ended_ = false;
};

Task<> Runner::run() {
  if (co_await ready() && start()) co_await program_ended();
  stop_begun_ = Clock::now();
  daemon_.agent().end_overdue_with(code_);
  if (!agent_ended_) co_await agent_ended();
}

// False: with the code to end with.
Task<bool> Runner::ready() {
  auto& board = daemon_.agent().board();
  const auto patience = arguments_.patience;
  const auto deadline = patience.count() > 0 ? Clock::now() + patience : Deadline::max();
  for (;;) {
    const int news = co_await next(deadline);
    if (news == Inbox::published) {
      board.review();  // who is told of readiness is told before the program starts, and may be gone
      const auto facts = board.snapshot();
      if (observe::ready(facts).ok) co_return true;
      const auto cause = lost_cause(facts);
      if (!cause) continue;
      log_unready("the program is not started: no retry would help", *cause);
      co_return false;
    }
    if (news == Inbox::too_late) {
      log_unready("the program is not started: not ready in time", unready_cause());
      code_ = static_cast<int>(ExitCode::timed_out);
      co_return false;
    }
    if (news == Inbox::ended) co_return false;
    if (!is_passed_on(news)) continue;
    daemon_.log().info("run.signal", "a signal ended the wait", {{"signal", news}});
    code_ = static_cast<int>(ExitCode::signalled) + news;
    co_return false;
  }
}

bool Runner::start() {
  const auto& command = arguments_.command;
  const auto program = start_program(command, variables(), inherited_);
  if (program) {
    program_ = *program;
    daemon_.log().info("run.started", "program started", {{"program", command.front()}, {"pid", program_}});
    return true;
  }
  const auto* hint = program.error() == no_thread
                         ? no_thread_hint
                         : "it must be executable, and be in PATH or given with its path";
  daemon_.log().write(
      observe::Level::error, "run.cannot_start", "could not start the program",
      observe::FailureFields({{"program", shown_program(command.front())}}, program.error(), hint));
  code_ = exit_status_of(program.error());
  return false;
}

std::vector<std::string> Runner::variables() {
  auto all = environment_for_program(environment_with_secrets(env_), daemon_.ports().ports());
  return make_ssh_folder() ? with_ssh_config(std::move(all), ssh_folder_->path() + "/config") : all;
}

// What ssh needs for the first -S that listens. False: there is none, or no folder; a program may do without.
bool Runner::make_ssh_folder() {
  const auto& config = daemon_.agent().config();
  const auto ports = daemon_.ports().ports();
  const auto port_of = [&](const auto& spec) -> std::uint16_t {
    const auto port = std::ranges::find(ports, spec.name, &Port::forward);
    return port == ports.end() ? 0 : port->number;
  };
  const auto share = std::ranges::find_if(config.forwards, [&](const auto& spec) {
    return forward::is_share(spec) && (!spec.listen_path.empty() || port_of(spec) != 0);
  });
  if (share == config.forwards.end()) return false;
  std::string known_hosts;
  for (const auto& endpoint : daemon_.agent().board().endpoints()) {
    if (endpoint.forward != share->name) continue;
    for (const auto& key : endpoint.host_keys) known_hosts += key.known_hosts + '\n';
  }
  std::vector<std::string> servers;
  for (const auto& server : config.pool.servers) servers.push_back(server.host);
  auto folder = PrivateFolder::make(
      std::array{std::string(env_.get("TMPDIR").value_or("")), std::string("/tmp"), std::string("/dev/shm")});
  auto written = folder ? folder->write("known_hosts", known_hosts) : folder.error();
  if (written) {
    written = folder->write("config", share::ssh_config(*share, port_of(*share), std::move(servers),
                                                        folder->path() + "/known_hosts"));
  }
  if (written) {
    ssh_folder_.emplace(std::move(*folder));
    return true;
  }
  daemon_.log().write(
      observe::Level::warn, "run.no_ssh_config",
      "the program is not told how to use -S with ssh, git and rsync",
      observe::FailureFields({}, written.error(), "set TMPDIR to a folder that towline may write to"));
  return false;
}

Task<> Runner::program_ended() {
  while (program_ >= 0) {
    const int news = co_await next();
    if (is_passed_on(news)) daemon_.accompany(pass_on(news));
    if (news != Inbox::ended) continue;
    daemon_.log().error(
        "run.tunnels_gone", "towline gave up while the program is running",
        {{"hint", "see the lines above; AUTOSSH_GATETIME=0 and AUTOSSH_MAXSTART=-1 never give up"}});
  }
}

Task<> Runner::agent_ended() {
  daemon_.agent().stop();
  while (!agent_ended_) {
    const int news = co_await next();
    if (is_passed_on(news)) end_now(daemon_.log(), static_cast<int>(ExitCode::signalled) + news);
  }
}

// What is news in every phase. A request to stop that was heard before is none.
Task<int> Runner::next(Deadline deadline) {
  int news = Inbox::published;
  do {
    news = co_await daemon_.inbox().next(deadline);
    if (news == Inbox::quit) news = SIGTERM;
  } while (asks_to_stop(news) && is_same_stop());
  if (news == Inbox::ended) agent_ended_ = true;
  if (news == SIGCHLD) reap();
  co_return news;
}

// The end of the program begins a stop too: what ended it may have been sent to us as well.
bool Runner::is_same_stop() {
  const auto now = Clock::now();
  if (meaning_of_stop(stop_begun_, now) == StopMeaning::same) return true;
  stop_begun_ = now;
  return false;
}

// As process 1 of a container we are also given the orphans of others.
void Runner::reap() {
  int status = 0;
  for (pid_t pid = ::waitpid(-1, &status, WNOHANG); pid > 0; pid = ::waitpid(-1, &status, WNOHANG)) {
    if (pid != program_) continue;
    program_ = -1;
    code_ = exit_status_of(status);
    daemon_.log().info("run.ended", "program ended", {{"exit_code", code_}});
  }
}

// A terminal, a shell and GNU timeout send to the whole group: the program must not get that twice.
Task<> Runner::pass_on(int number) {
  if (co_await sleep_until(Clock::now() + witness_patience) || program_ < 0) co_return;
  const bool in_our_group = ::getpgid(program_) == ::getpgrp();
  if (!(in_our_group && witness_.has_noticed(number))) ::kill(program_, number);
}

LostCause Runner::unready_cause() {
  const auto facts = daemon_.agent().board().snapshot();
  const auto verdict = observe::ready(facts);
  LostCause cause{std::string(verdict.reason.label()), verdict.summary, {}};
  for (const auto& forward : facts.forwards) {
    if (forward.traits->name == verdict.subject) cause.hint = forward.status->hint;
  }
  return cause;
}

void Runner::log_unready(std::string_view message, const LostCause& cause) {
  daemon_.log().error("run.not_ready", message,
                      {{"reason", cause.reason}, {"err", cause.detail}, {"hint", cause.hint}});
}

}  // namespace

std::span<const int> signals_for_program() { return passed_on; }

ExitCode run(const config::Loaded& loaded, const config::Env& env, const RunArguments& arguments,
             const InheritedDescriptors& inherited, Witness& witness) {
  const auto shares = share_descriptors_of_process(loaded.config, inherited.count());
  if (!shares) return ExitCode::run_failed;
  Daemon daemon(loaded, env, *shares, "off: the program would be in it too");
  Runner runner(daemon, env, arguments, inherited, witness);
  return daemon.run(signals_of_run, runner.run()) ? daemon.stopped(runner.code()) : ExitCode::run_failed;
}

}  // namespace towline::app
