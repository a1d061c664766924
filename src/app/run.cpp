#include "app/run.hpp"

#include "app/daemon.hpp"
#include "app/end_deadline.hpp"
#include "app/give_up.hpp"
#include "app/stop_request.hpp"
#include "async/start_thread.hpp"
#include "config/fields.hpp"
#include "config/file_facts.hpp"
#include "config/key_text.hpp"
#include "config/path_text.hpp"
#include "observe/failure_fields.hpp"
#include "observe/health.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <signal.h>
#include <string>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace towline::app {

namespace {

using boost::system::error_code;
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

// SIGUSR1 and SIGHUP are the program's here.
constexpr int passed_on[] = {SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2};

// The witness has to be scheduled, on a machine that may be busy.
constexpr std::chrono::milliseconds witness_patience{100};

bool asks_to_stop(int number) { return number == SIGTERM || number == SIGINT; }

class Runner {
 public:
  Runner(Daemon& daemon, const config::Env& env, const RunArguments& arguments,
         const InheritedDescriptors& inherited, Witness& witness)
      : daemon_(daemon),
        env_(env),
        arguments_(arguments),
        inherited_(inherited),
        witness_(witness),
        signals_(daemon.context()),
        children_(daemon.context(), SIGCHLD),
        patience_(daemon.context()) {
    for (const int number : passed_on) signals_.add(number);
  }

  ExitCode run();

 private:
  enum class Phase { waiting, running, ending };

  void wait_for_signal();
  void wait_for_child();
  void on_published();
  void on_impatience();
  void on_signal(int number);
  bool is_same_stop();
  void pass_on(int number);
  void on_agent_ended();
  void start();
  void reap();
  void fail(ExitCode code);
  void end(int code);
  void log_unready(std::string_view message, const LostCause& cause);

  Daemon& daemon_;
  const config::Env& env_;
  const RunArguments& arguments_;
  const InheritedDescriptors& inherited_;
  Witness& witness_;
  boost::asio::signal_set signals_;
  boost::asio::signal_set children_;
  boost::asio::steady_timer patience_;
  Phase phase_ = Phase::waiting;
  std::optional<Clock::time_point> stop_begun_;
  pid_t program_ = -1;
  int code_ = static_cast<int>(ExitCode::run_failed);
  bool agent_ended_ = false;
};

ExitCode Runner::run() {
  auto& context = daemon_.context();
  wait_for_signal();
  wait_for_child();
  if (arguments_.patience.count() > 0) {
    patience_.expires_after(arguments_.patience);
    patience_.async_wait([this](error_code ec) {
      if (!ec) on_impatience();
    });
  }
  const auto on_main = [&context, this](void (Runner::*what)()) {
    return [&context, this, what] { asio::post(context, [this, what] { (this->*what)(); }); };
  };
  daemon_.on_quit([this] { on_signal(SIGTERM); });
  if (!daemon_.start(on_main(&Runner::on_published), on_main(&Runner::on_agent_ended)))
    return ExitCode::run_failed;
  context.run();
  daemon_.join();
  daemon_.log().sum_up_all();
  daemon_.log().info("shutdown.done", "stopped", {{"exit_code", code_}});
  return static_cast<ExitCode>(code_);
}

void Runner::wait_for_signal() {
  signals_.async_wait([this](error_code ec, int number) {
    if (ec) return;
    on_signal(number);
    wait_for_signal();
  });
}

void Runner::wait_for_child() {
  children_.async_wait([this](error_code ec, int) {
    if (ec) return;
    reap();
    wait_for_child();
  });
}

void Runner::on_published() {
  if (phase_ != Phase::waiting) return;
  auto& board = daemon_.agent().board();
  board.review();  // who is told of readiness is told before the program starts, and may be gone
  const auto facts = board.snapshot();
  if (observe::ready(facts).ok) return start();
  const auto cause = lost_cause(facts);
  if (!cause) return;
  log_unready("the program is not started: no retry would help", *cause);
  fail(ExitCode::run_failed);
}

void Runner::on_impatience() {
  if (phase_ != Phase::waiting) return;
  const auto facts = daemon_.agent().board().snapshot();
  const auto verdict = observe::ready(facts);
  LostCause cause{
      verdict.reason.label().empty() ? "" : std::string(verdict.reason.label()), verdict.summary, {}};
  for (const auto& forward : facts.forwards) {
    if (forward.traits->name == verdict.subject) cause.hint = forward.status->hint;
  }
  log_unready("the program is not started: not ready in time", cause);
  fail(ExitCode::timed_out);
}

void Runner::log_unready(std::string_view message, const LostCause& cause) {
  daemon_.log().error("run.not_ready", message,
                      {{"reason", cause.reason}, {"err", cause.detail}, {"hint", cause.hint}});
}

void Runner::start() {
  patience_.cancel();
  const auto& command = arguments_.command;
  const auto program = start_program(
      command, environment_for_program(environment_with_secrets(env_), daemon_.ports().ports()), inherited_);
  if (!program) {
    const auto* hint = program.error() == no_thread
                           ? no_thread_hint
                           : "it must be executable, and be in PATH or given with its path";
    daemon_.log().write(
        observe::Level::error, "run.cannot_start", "could not start the program",
        observe::FailureFields({{"program", shown_program(command.front())}}, program.error(), hint));
    return end(exit_status_of(program.error()));
  }
  program_ = *program;
  phase_ = Phase::running;
  daemon_.log().info("run.started", "program started", {{"program", command.front()}, {"pid", program_}});
}

// As process 1 of a container we are also given the orphans of others.
void Runner::reap() {
  for (;;) {
    int status = 0;
    const pid_t pid = ::waitpid(-1, &status, WNOHANG);
    if (pid <= 0) return;
    if (pid != program_ || phase_ != Phase::running) continue;
    program_ = -1;
    daemon_.log().info("run.ended", "program ended", {{"exit_code", exit_status_of(status)}});
    end(exit_status_of(status));
  }
}

// The end of the program begins a stop too: what ended it may have been sent to us as well.
bool Runner::is_same_stop() {
  const auto now = Clock::now();
  if (meaning_of_stop(stop_begun_, now) == StopMeaning::same) return true;
  stop_begun_ = now;
  return false;
}

// A terminal, a shell and GNU timeout send to the whole group: the program must not get that twice.
void Runner::pass_on(int number) {
  auto wait = std::make_shared<boost::asio::steady_timer>(daemon_.context(), witness_patience);
  wait->async_wait([this, number, wait](error_code ec) {
    if (ec || phase_ != Phase::running) return;
    const bool in_our_group = ::getpgid(program_) == ::getpgrp();
    if (!(in_our_group && witness_.has_noticed(number))) ::kill(program_, number);
  });
}

void Runner::on_signal(int number) {
  if (asks_to_stop(number) && is_same_stop()) return;
  switch (phase_) {
    case Phase::running: return pass_on(number);
    case Phase::waiting:
      daemon_.log().info("run.signal", "a signal ended the wait", {{"signal", number}});
      return end(static_cast<int>(ExitCode::signalled) + number);
    case Phase::ending: end_now(daemon_.log(), static_cast<int>(ExitCode::signalled) + number);
  }
}

void Runner::fail(ExitCode code) { end(static_cast<int>(code)); }

void Runner::end(int code) {
  phase_ = Phase::ending;
  stop_begun_ = Clock::now();
  patience_.cancel();
  code_ = code;
  daemon_.agent().end_overdue_with(code);
  if (agent_ended_) {
    daemon_.context().stop();
  } else {
    daemon_.agent().stop();
  }
}

// Given up before the program was started, stopped after it ended, or gone while it runs, which is then its
// own to notice.
void Runner::on_agent_ended() {
  agent_ended_ = true;
  if (phase_ == Phase::waiting) return fail(ExitCode::run_failed);
  if (phase_ == Phase::ending) return daemon_.context().stop();
  daemon_.log().error(
      "run.tunnels_gone", "towline gave up while the program is running",
      {{"hint", "see the lines above; AUTOSSH_GATETIME=0 and AUTOSSH_MAXSTART=-1 never give up"}});
}

}  // namespace

std::span<const int> signals_for_program() { return passed_on; }

ExitCode run(const config::Loaded& loaded, const config::Env& env, const RunArguments& arguments,
             const InheritedDescriptors& inherited, Witness& witness) {
  const auto shares = share_descriptors_of_process(loaded.config, inherited.count());
  if (!shares) return ExitCode::run_failed;
  Daemon daemon(loaded, env, *shares, std::chrono::milliseconds(0), "off: the program would be in it too");
  Runner runner(daemon, env, arguments, inherited, witness);
  return runner.run();
}

}  // namespace towline::app
