// When to send a keepalive and when the peer is dead, by OpenSSH's arithmetic. Pure.
#pragma once

#include "ssh/options.hpp"

#include <chrono>

namespace towline::ssh::connection {

// OpenSSH's client: every received byte resets the count; dead after interval × (count_max + 1) of silence.
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
  int sent_ = 0;  // since the last received byte
  Clock::time_point last_received_{};
};

}  // namespace towline::ssh::connection
