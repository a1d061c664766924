// Keeps one SSH session and its forwards alive: connect, serve, find out why it ended, wait, again.
#pragma once

#include "async/deadline.hpp"
#include "async/event.hpp"
#include "async/result.hpp"
#include "async/task.hpp"
#include "async/task_group.hpp"
#include "forward/local_entry.hpp"
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
#include "supervisor/pool.hpp"
#include "supervisor/turnstile.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace towline::supervisor {

struct Options {
  ssh::Options ssh;  // its server is replaced by one of the pool's
  ReconnectPolicy reconnect;
  PoolOptions pool;
  std::size_t number = 0;  // of this session among the agent's, from 0: where in the pool it begins
  std::chrono::milliseconds drain_timeout{8'000};
  // One for all sessions of the process; none: one of its own.
  std::shared_ptr<ssh::AcceptedHostKeys> accepted_host_keys = nullptr;
};

// One forward to be kept up, and where it reports. The references outlive the supervisor.
struct SupervisedForward {
  const forward::ForwardSpec& spec;
  observe::ForwardMetrics& metrics;
  observe::ForwardSlot& slot;
  forward::LocalEntry* entry;  // of -L and -D; null for -R
};

// Everything happens on one single-threaded io_context; not thread-safe, post to it.
class Supervisor final : private ssh::ConnectObserver {
 public:
  Supervisor(asio::any_io_executor executor, Options options, const std::vector<SupervisedForward>& forwards,
             Turnstile& turnstile, observe::Pulse& pulse, observe::Metrics& metrics, const observe::Log& log);
  ~Supervisor() override;

  // Returns only after stop(), or when there is no point in going on.
  Task<Ending> run();

  // Takes no new connections, lets the present ones finish up to the drain timeout, gives the server's ports
  // back and says goodbye. run() then returns `stopped`.
  void stop();

  // Ends a wait at once and forgets what made it long; an attempt that fails is followed by another at once.
  // A session that is up stays, and is asked for a sign of life.
  void wake();

  // Whether a session could be had.
  using Replaced = std::function<void(bool)>;

  // A session made with the files as they are now takes over: first it is brought up, then it takes the new
  // connections, then the present one lets its own finish, however long that takes, and ends. What the server
  // listens on for us is let go by the one and asked for by the other, in two round trips. Without a session
  // to be replaced it is a wake(). `replaced` is called here, once.
  void replace(observe::Disconnect why, Replaced replaced);

 private:
  struct Forward {
    const forward::ForwardSpec& spec;
    forward::Report report;
    forward::LocalEntry* entry;
    forward::LastBound last_bound{};
  };
  struct Found;
  class Serving;

  void on_jump_host(std::optional<std::size_t> index) override { jump_host_ = index; }
  void on_step(ssh::ConnectStep step) override;
  void on_known_hosts_skipped(const ssh::KnownHosts::BadLine& line) override;
  void on_accepted_file_failed(const std::string& problem) override;
  void on_words(const std::string& said) override;
  void on_credential_unused(const Failure& problem) override;

  Task<> beat();
  Task<> until_stopping();
  bool over() const { return stopping_ || cannot_listen_; }

  Task<Ending> keep_session();
  Task<Found> find_session();
  Task<> try_server(ServerIndex server, std::optional<Result<ssh::Connected>>& result);
  Task<> connect_into(ServerIndex server, std::optional<Result<ssh::Connected>>& result);
  Task<> wait_before_retry(Milliseconds delay);
  PoolPlace place() const;

  Task<Outcome> serve(Found found);
  Task<> succeed();
  void adopt(Found found);
  Task<> keep(std::unique_ptr<Serving> serving, std::unique_ptr<ssh::Hops> hops);
  void released(const Serving* serving);
  void answer(bool success);

  void begin_attempt(ServerIndex server);
  void connected(const ssh::Connected& session);
  void log_host_key(const ssh::ConnectReport& report);
  std::string advice_on(const Failure& failure) const;
  void connect_failed(const Failure& failure);
  void session_ended(const Serving& serving, const Failure& failure);
  void all_enter(observe::ForwardState state);
  void all_down(observe::ForwardState state, const forward::Explanation& why);

  asio::any_io_executor executor_;
  Options options_;
  Turnstile& turnstile_;
  observe::Pulse& pulse_;
  observe::Metrics& metrics_;
  observe::Log log_;
  std::string server_;  // asked last
  net::Resolver resolver_;
  std::shared_ptr<ssh::AcceptedHostKeys> accepted_;
  forward::Scratch scratch_{};
  std::vector<std::unique_ptr<Forward>> forwards_;
  std::mt19937_64 random_{std::random_device{}()};
  std::optional<std::size_t> jump_host_;  // that the attempt, or its failure, is about

  History history_;
  std::uint64_t attempts_ = 0;
  int starts_ = 0;  // attempts that were not for a replacement
  std::optional<ServerIndex> last_;
  std::optional<ServerIndex> doubtful_;
  ServerIndex serving_on_ = 0;  // the server of the current session
  std::vector<std::chrono::steady_clock::time_point> barred_until_;

  TaskGroup servings_;  // each session's life, the present one's and those that take their time to end
  std::vector<Serving*> alive_;                 // in servings_
  Serving* current_ = nullptr;                  // the one that takes new connections
  const Serving* releasing_ = nullptr;          // lets the server's ports go for the current one
  std::optional<observe::Disconnect> replace_;  // why
  std::vector<Replaced> replaced_;              // who wants to know
  bool beside_ = false;                         // the attempt is for a replacement
  bool woken_ = false;                          // since the round of attempts began
  bool stopping_ = false;
  bool told_of_names_ = false;  // that the server names a listener in its own way
  std::optional<Failure> cannot_listen_;
  std::optional<Failure> last_end_;  // of a current session
  Event changed_;                    // any of these
};

}  // namespace towline::supervisor
