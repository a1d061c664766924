// When to send a keepalive and when the peer is dead. Pure.
#pragma once

#include "ssh/connection/options.hpp"

#include <chrono>
#include <optional>

namespace towline::ssh::connection {

// By the arithmetic of OpenSSH's client, every received byte resets the count, and the peer is dead after
// interval × (count_max + 1) of silence. But only where a question went unanswered for an interval, and by a
// step that comes in time: after an absence of ours (a stopped process, a stalled machine) the peer is asked
// again.
class Keepalive {
 public:
  using Clock = std::chrono::steady_clock;

  struct Step {
    bool send = false;
    bool missed = false;  // the keepalive before this step got no byte in answer
    bool dead = false;
    Clock::time_point next = Clock::time_point::max();  // when to ask again
  };

  explicit Keepalive(const KeepaliveOptions& options) : options_(options) {}

  Step step(Clock::time_point now, Clock::time_point last_received);

  // How long the peer may be silent; zero when it is never declared dead.
  static std::chrono::milliseconds deadline(const KeepaliveOptions& options);

 private:
  KeepaliveOptions options_;
  std::optional<Clock::time_point> asked_;  // since the last received byte, the last time
  std::optional<Clock::time_point> due_;    // the next step, as it was planned
  Clock::time_point last_received_{};
};

}  // namespace towline::ssh::connection
