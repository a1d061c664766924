// The running towline: the board, the metrics, the admin server and the threads that carry traffic, and the
// verbs that signals and the control listener have for it.
#pragma once

#include "admin/server.hpp"
#include "app/descriptor_shares.hpp"
#include "app/end_deadline.hpp"
#include "app/loop_thread.hpp"
#include "async/result.hpp"
#include "async/task.hpp"
#include "config/load.hpp"
#include "endpoint/client_metrics.hpp"
#include "net/descriptors.hpp"
#include "observe/board.hpp"
#include "observe/log.hpp"
#include "observe/metrics.hpp"
#include "ssh/server/endpoint.hpp"
#include "supervisor/network_watch.hpp"
#include "supervisor/supervisor.hpp"
#include "supervisor/turnstile.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace towline::app {

// Built, started and joined by one thread; the verbs in between are for any thread and return at once.
class Agent {
 public:
  // `config` outlives the agent. `changed` is called after each change of readiness, as Board says. The
  // signals SIGHUP and SIGUSR1 must not be deadly by now.
  Agent(const config::Config& config, const DescriptorShares& shares, const observe::Log& log,
        observe::Board::ReadinessChanged changed);
  ~Agent();
  Agent(const Agent&) = delete;
  Agent& operator=(const Agent&) = delete;

  // Serves the admin port, then starts the threads. `ended` is called once, on one of them, when none has
  // anything left to do, however that came. Errors: those of admin::Server and LoopThread; nothing runs
  // then.
  Result<> start(std::function<void()> ended);

  // Readiness is false at once; connections finish up to the drain timeout, the server's ports are given
  // back. Idempotent. What has not ended some seconds after the drain timeout ends the process (EndDeadline).
  void stop();

  // The status of a process that ends so, where it is not ExitCode::overdue.
  void end_overdue_with(int status) { end_deadline_.end_with(status); }

  // A wait for the next attempt is over, and its length forgotten; a healthy session is left alone.
  void wake();

  // Key, certificate and known_hosts files are read anew by a session that takes over from the present one;
  // where there can be none, the present one stays.
  void reload();

  // `told` is called with true when a reload begins and with false when it is over, whatever came of it, on
  // any thread. Before start().
  void when_reloading(std::function<void(bool under_way)> told) { reloading_ = std::move(told); }

  // A new session for the forward of this name, or for all ("") in the way of reload(). False: there is no
  // such forward.
  bool reconnect(std::string_view forward);

  // Sends a client of an endpoint away. False: there is no such client.
  bool disconnect(std::uint64_t client);
  // False: nothing is offered there.
  bool end_exposed(std::string_view where);

  // To be called after `ended`. Ends the threads and the admin server; says why the agent ended.
  supervisor::Ending join();

  const config::Config& config() const { return config_; }
  observe::Board& board() { return board_; }
  observe::Metrics& metrics() { return metrics_; }
  admin::Server& admin() { return admin_; }

 private:
  void replace_all(observe::Disconnect why, std::function<void(bool)> done);
  void reloaded(bool success);
  void start_companions();
  Task<> end_of_life();
  Task<> sum_up_log();
  void thread_ended(supervisor::Ending ending);

  const config::Config& config_;
  observe::Log log_;
  EndDeadline end_deadline_;
  net::Descriptors descriptors_;
  net::Descriptors target_look_ups_;
  endpoint::ClientMetrics clients_;
  ssh::ClientNumbers client_numbers_;
  observe::Metrics metrics_;
  observe::Board board_;
  supervisor::PoolOptions pool_;
  std::shared_ptr<ssh::AcceptedHostKeys> accepted_host_keys_;
  supervisor::Turnstile turnstile_;
  std::vector<std::unique_ptr<LoopThread>> threads_;
  supervisor::NetworkWatch network_;
  admin::Server admin_;
  std::function<void()> ended_;
  std::function<void(bool)> reloading_;
  std::atomic<std::size_t> running_{0};
  std::atomic<supervisor::Ending> ending_{supervisor::Ending::stopped};
};

}  // namespace towline::app
