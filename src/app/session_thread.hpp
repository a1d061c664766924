// The thread of an SSH session.
#pragma once

#include "app/loop_thread.hpp"
#include "config/config.hpp"
#include "endpoint/client_metrics.hpp"
#include "forward/local_entry.hpp"
#include "net/descriptors.hpp"
#include "observe/board.hpp"
#include "observe/log.hpp"
#include "observe/metrics.hpp"
#include "publish/publication.hpp"
#include "share/entrance.hpp"
#include "supervisor/supervisor.hpp"
#include "supervisor/turnstile.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace towline::app {

// What a forward says about itself on the board and in the metrics. `connections_max`: what the process's
// descriptors allow.
observe::ForwardTraits traits_of(const forward::ForwardSpec& spec, const config::Config& config,
                                 std::size_t connections_max);

// Whether each session carries forwards of this kind, or only the first one.
bool is_taken_by_all(forward::Mode mode);

// What the threads have in common. Outlives them.
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

// One supervisor keeps its SSH session here.
class SessionThread final : public LoopThread {
 public:
  // `first`: the session that carries -R, and on whose thread connections are accepted for all; null for that
  // one itself. `number` counts from 0.
  SessionThread(const Surroundings& around, std::size_t number, SessionThread* first);
  ~SessionThread() override;

  Result<> prepare() override;
  // The supervisor's, on its thread; stop() gives the addresses of -L, -D and -S back as well.
  void stop() override;
  void wake() override;
  void replace(observe::Disconnect why, supervisor::Supervisor::Replaced replaced) override;
  void disconnect(std::uint64_t client) override;
  bool end_exposed(std::string) override { return false; }

 private:
  Task<supervisor::Ending> run() override;
  supervisor::Supervisor make(const Surroundings& around, std::size_t number, SessionThread& first);
  supervisor::SupervisedForward supervised(const forward::ForwardSpec& spec, const Surroundings& around,
                                           SessionThread& first);
  forward::LocalEntry* entry_for(const forward::ForwardSpec& spec, const Surroundings& around,
                                 SessionThread& first);

  std::chrono::milliseconds drain_timeout_;
  std::vector<std::unique_ptr<forward::LocalEntry>> entries_;  // of the first
  std::vector<std::unique_ptr<share::Entrance>> entrances_;    // likewise
  std::unique_ptr<publish::Publisher> publisher_;              // likewise, where there is a service
  observe::Pulse& pulse_;
  supervisor::Supervisor supervisor_;
};

}  // namespace towline::app
