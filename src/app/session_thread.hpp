// A thread with one io_context, on which one supervisor keeps its SSH session.
#pragma once

#include "async/task_group.hpp"
#include "config/config.hpp"
#include "endpoint/client_metrics.hpp"
#include "forward/local_entry.hpp"
#include "net/descriptors.hpp"
#include "observe/board.hpp"
#include "observe/log.hpp"
#include "observe/metrics.hpp"
#include "share/entrance.hpp"
#include "supervisor/supervisor.hpp"
#include "supervisor/turnstile.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

namespace towline::app {

namespace asio = boost::asio;

// What a forward says about itself on the board and in the metrics. `connections_max`: what the process's
// descriptors allow.
observe::ForwardTraits traits_of(const forward::ForwardSpec& spec, const config::Config& config,
                                 std::size_t connections_max);

// Whether each session carries forwards of this kind, or only the first one.
bool is_taken_by_all(forward::Mode mode);

// What all sessions have in common. Outlives them.
struct Surroundings {
  const config::Config& config;
  const supervisor::PoolOptions& pool;
  const std::shared_ptr<ssh::AcceptedHostKeys>& accepted_host_keys;
  supervisor::Turnstile& turnstile;
  net::Descriptors& descriptors;  // of connections
  net::Descriptors& target_look_ups;
  observe::Board& board;
  observe::Metrics& metrics;
  endpoint::ClientMetrics& clients;
  ssh::ClientNumbers& client_numbers;
  const observe::Log& log;
};

// Built, started, released and joined by one thread, the owner's; the verbs are for any.
class SessionThread {
 public:
  // `first`: the session that carries -R, and on whose thread connections are accepted for all; null for that
  // one itself. `number` counts from 0.
  SessionThread(const Surroundings& around, std::size_t number, SessionThread* first);
  ~SessionThread();
  SessionThread(const SessionThread&) = delete;
  SessionThread& operator=(const SessionThread&) = delete;

  // Reads what may not be usable, before anything runs. Errors: those of share::Entrance::prepare().
  Result<> prepare();

  // `ended` is called on this thread once there is no session left to keep; the loop itself turns on until
  // release(), which may be called when that is so for all sessions. Error: no_thread.
  Result<> start(std::function<void(supervisor::Ending)> ended);

  // Before start(): `task` runs on this thread until it ends, or release() cancels it.
  void accompany(Task<> task) { companions_.spawn(std::move(task)); }
  asio::any_io_executor executor() { return context_.get_executor(); }

  // Supervisor's, on its thread; stop() gives the addresses of -L and -D back as well.
  void stop();
  void wake();
  void replace(observe::Disconnect why, supervisor::Supervisor::Replaced replaced);
  // Sends a client of an endpoint away; nothing where this thread has none of this number.
  void disconnect(std::uint64_t client);

  void release();
  void join();

 private:
  supervisor::Supervisor make(const Surroundings& around, std::size_t number, SessionThread& first);
  supervisor::SupervisedForward supervised(const forward::ForwardSpec& spec, const Surroundings& around,
                                           SessionThread& first);
  forward::LocalEntry* entry_for(const forward::ForwardSpec& spec, const Surroundings& around,
                                 SessionThread& first);

  asio::io_context context_{1};
  asio::executor_work_guard<asio::io_context::executor_type> work_;
  std::chrono::milliseconds drain_timeout_;
  std::vector<std::unique_ptr<forward::LocalEntry>> entries_;  // of the first
  std::vector<std::unique_ptr<share::Entrance>> entrances_;    // likewise
  TaskGroup companions_;                                       // run() of each, and what accompanies them
  observe::Pulse& pulse_;
  supervisor::Supervisor supervisor_;
  std::thread thread_;
};

}  // namespace towline::app
