// Keeps one SSH session and its forwards alive: connect, serve, find out why it ended, wait, again.
#pragma once

#include "async/deadline.hpp"
#include "async/event.hpp"
#include "async/result.hpp"
#include "async/task.hpp"
#include "async/task_group.hpp"
#include "forward/local_entry.hpp"
#include "forward/passenger.hpp"
#include "forward/publication.hpp"
#include "forward/report.hpp"
#include "forward/site.hpp"
#include "forward/spec.hpp"
#include "net/descriptors.hpp"
#include "net/resolve.hpp"
#include "observe/board.hpp"
#include "observe/log.hpp"
#include "observe/metrics.hpp"
#include "ssh/client/connect.hpp"
#include "ssh/client/options.hpp"
#include "ssh/client/session.hpp"
#include "supervisor/account.hpp"
#include "supervisor/decide.hpp"
#include "supervisor/policy.hpp"
#include "supervisor/pool.hpp"
#include "supervisor/turnstile.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <vector>

namespace towline::supervisor {

// What making a session may have open at once beside the session itself: two questions to two name servers
// each, or as many addresses that do not answer; then the agent, and a key.
inline constexpr std::size_t connect_descriptors = 8;

struct Options {
  ssh::Options ssh;
  ReconnectPolicy reconnect;
  PoolOptions pool;
  std::size_t number = 0;  // of this session among the agent's, from 0: where in the pool it begins
  std::chrono::milliseconds drain_timeout{8'000};
  // For all sessions of the process, which they outlive; null: not counted.
  net::Descriptors* descriptors = nullptr;      // of connections
  net::Descriptors* target_look_ups = nullptr;  // and of what finds the targets of -R
  // One for all sessions of the process; none: one of its own.
  std::shared_ptr<ssh::AcceptedHostKeys> accepted_host_keys = nullptr;
  forward::Publisher* publisher = nullptr;  // of the -R; it outlives the supervisor
};

// One forward to be kept up, and where it reports. The references outlive the supervisor.
struct SupervisedForward {
  const forward::ForwardSpec& spec;
  observe::ForwardMetrics& metrics;
  observe::ForwardSlot& slot;
  forward::LocalEntry* entry;               // of -L and -D; null for the others
  std::shared_ptr<forward::Places> places;  // of -R
  forward::Passenger* passenger = nullptr;  // of -S
};

// Everything happens on one single-threaded io_context; not thread-safe, post to it.
class Supervisor final {
 public:
  Supervisor(asio::any_io_executor executor, Options options, const std::vector<SupervisedForward>& forwards,
             Turnstile& turnstile, observe::Pulse& pulse, observe::Metrics& metrics, const observe::Log& log);
  ~Supervisor();

  // Returns only after stop(), or when there is no point in going on.
  Task<Ending> run();

  // Takes no new connections, lets the present ones finish up to the drain timeout, gives the server's ports
  // back and says goodbye. run() then returns `stopped`.
  void stop();

  // Ends a wait at once and forgets what made it long; an attempt that fails is followed by another at once.
  // A session that is up stays, and is asked for a sign of life.
  void wake();

  // run() returns `cannot_listen`, after the same: here is nothing to do without a listener that could not be
  // had.
  void cannot_listen();

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
    forward::Report& report;
    forward::LocalEntry* entry;
    std::shared_ptr<forward::Places> places;
    forward::Passenger* passenger;
    forward::LastBound last_bound{};
  };
  struct Found;
  class Serving;

  void end(Ending ending);
  Task<> beat();
  Task<> until_over();
  bool over() const { return ending_.has_value(); }

  Task<Ending> keep_session();
  Task<Found> find_session();
  Task<> try_server(ServerIndex server, std::optional<ssh::Attempt>& attempt);
  Task<> connect_into(ServerIndex server, std::optional<ssh::Attempt>& attempt);
  Task<> wait_before_retry(Milliseconds delay);
  PoolPlace place() const;

  Task<Outcome> serve(Found found);
  Task<> succeed();
  void adopt(Found found);
  Task<> keep(std::unique_ptr<Serving> serving, std::unique_ptr<ssh::Hops> hops);
  void released(const Serving* serving);
  void answer(bool success);

  asio::any_io_executor executor_;
  Options options_;
  Turnstile& turnstile_;
  observe::Pulse& pulse_;
  Account account_;
  net::Descriptors connecting_{connect_descriptors};
  net::Resolver resolver_;
  net::Resolver target_resolver_;  // of -R
  std::shared_ptr<ssh::AcceptedHostKeys> accepted_;
  forward::Scratch scratch_{};
  std::vector<std::unique_ptr<Forward>> forwards_;
  std::mt19937_64 random_{std::random_device{}()};

  History history_;
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
  std::optional<Ending> ending_;                // told to end: stopped or cannot_listen
  std::optional<Failure> last_end_;             // of a current session
  Event changed_;                               // any of these
};

}  // namespace towline::supervisor
