// Keeps one SSH session and its forwards alive: connect, serve, find out why it ended, wait, again.
#pragma once

#include "async/deadline.hpp"
#include "async/event.hpp"
#include "async/result.hpp"
#include "async/task.hpp"
#include "async/task_group.hpp"
#include "forward/report.hpp"
#include "forward/site.hpp"
#include "forward/spec.hpp"
#include "net/resolve.hpp"
#include "observe/board.hpp"
#include "observe/log.hpp"
#include "observe/metrics.hpp"
#include "ssh/connect.hpp"
#include "ssh/options.hpp"
#include "ssh/session.hpp"
#include "supervisor/decide.hpp"
#include "supervisor/policy.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace towline::supervisor {

struct Options {
  ssh::Options ssh;
  ReconnectPolicy reconnect;
  std::chrono::milliseconds drain_timeout{8'000};
  // One for all sessions of the process; none: one of its own.
  std::shared_ptr<ssh::AcceptedHostKeys> accepted_host_keys = nullptr;
};

// Why run() returned.
enum class Ending { stopped, gave_up, cannot_listen };

// One forward to be kept up, and where it reports. The references outlive the supervisor.
struct SupervisedForward {
  const forward::ForwardSpec& spec;
  observe::ForwardMetrics& metrics;
  observe::ForwardSlot& slot;
};

// Everything happens on one single-threaded io_context; not thread-safe, post to it.
class Supervisor final : private ssh::ConnectObserver, private ssh::SessionObserver {
 public:
  Supervisor(asio::any_io_executor executor, Options options, const std::vector<SupervisedForward>& forwards,
             observe::Pulse& pulse, observe::Metrics& metrics, const observe::Log& log);
  ~Supervisor() override;

  // Returns only after stop(), or when there is no point in going on.
  Task<Ending> run();

  // Takes no new connections, lets the present ones finish up to the drain timeout, gives the server's ports
  // back and says goodbye. run() then returns `stopped`.
  void stop();

 private:
  struct Forward {
    const forward::ForwardSpec& spec;
    forward::Report report;
    forward::LastBound last_bound{};
  };
  class Serving;

  void on_jump_host(std::optional<std::size_t> index) override { jump_host_ = index; }
  void on_step(ssh::ConnectStep step) override;
  void on_known_hosts_skipped(const ssh::KnownHosts::BadLine& line) override;
  void on_accepted_file_failed(const std::string& problem) override;
  void on_credential_unused(const Failure& problem) override;
  void on_received(std::chrono::steady_clock::time_point when) override;
  void on_keepalive_sent() override;
  void on_keepalive_missed() override;
  void on_round_trip(std::chrono::steady_clock::duration time) override;

  Task<> beat();
  Task<> until_stopping();
  Task<Ending> keep_session();
  Task<Outcome> attempt();
  Task<> connect_into(std::optional<Result<ssh::Connected>>& result);
  Task<Outcome> serve(ssh::Connected connected);
  Task<> wait_before_retry(Milliseconds delay);
  void connected(const ssh::Connected& session);
  void log_host_key(const ssh::ConnectReport& report);
  std::string advice_on(const Failure& failure) const;
  void connect_failed(const Failure& failure);
  void session_ended(const Failure& failure, Milliseconds up_time);
  void all_enter(observe::ForwardState state);
  void all_down(observe::ForwardState state, const forward::Explanation& why);

  asio::any_io_executor executor_;
  Options options_;
  observe::Pulse& pulse_;
  observe::Metrics& metrics_;
  observe::Log log_;
  std::string server_;
  net::Resolver resolver_;
  std::shared_ptr<ssh::AcceptedHostKeys> accepted_;
  forward::Scratch scratch_{};
  std::vector<std::unique_ptr<Forward>> forwards_;
  std::mt19937_64 random_{std::random_device{}()};
  std::optional<std::size_t> jump_host_;  // that the attempt, or its failure, is about
  History history_;
  std::uint64_t attempts_ = 0;
  bool stopping_ = false;
  std::optional<Failure> cannot_listen_;
  Event changed_;  // stopping_, cannot_listen_, or the session's end
};

}  // namespace towline::supervisor
