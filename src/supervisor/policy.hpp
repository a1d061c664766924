// How eagerly a lost session is brought back, and when it is not.
#pragma once

#include "net/host_port.hpp"

#include <chrono>
#include <optional>
#include <vector>

namespace towline::supervisor {

struct ReconnectPolicy {
  std::chrono::milliseconds backoff_max{60'000};
  // AUTOSSH_GATETIME: a first attempt that fails within it gives up; 0 = retry for ever.
  std::chrono::milliseconds gate_time{0};
  std::optional<int> max_start{};             // AUTOSSH_MAXSTART: attempts before giving up
  std::chrono::milliseconds max_lifetime{0};  // AUTOSSH_MAXLIFETIME: stops after it; 0 = never
  bool exit_on_host_key = false;              // TOWLINE_EXIT_ON
  bool exit_on_auth = false;
};

// Which of several servers an attempt goes to.
enum class RemoteSelect { ordered, random, round_robin };

struct PoolOptions {
  std::vector<net::HostPort> servers;  // at least one
  RemoteSelect select = RemoteSelect::ordered;
  int connections = 1;  // SSH_CONNECTIONS: sessions that share the local forwards, a thread each
};

}  // namespace towline::supervisor
