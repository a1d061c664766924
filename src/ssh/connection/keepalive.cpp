#include "ssh/connection/keepalive.hpp"

namespace towline::ssh::connection {

std::chrono::milliseconds Keepalive::deadline(const KeepaliveOptions& options) {
  if (options.interval.count() == 0 || options.count_max == 0) return {};
  return options.interval * (options.count_max + 1);
}

Keepalive::Step Keepalive::step(Clock::time_point now, Clock::time_point last_received) {
  if (options_.interval.count() == 0) return {};
  if (last_received != last_received_) {
    last_received_ = last_received;
    sent_ = 0;
  }
  Step step;
  const auto silence = now - last_received;
  const auto limit = deadline(options_);
  step.dead = limit.count() > 0 && silence >= limit;
  if (step.dead) {
    step.missed = sent_ > 0;
    return step;
  }
  if (silence >= options_.interval * (sent_ + 1)) {
    step.missed = sent_ > 0;
    step.send = true;
    // Catches up after a suspended process: one keepalive, not one for each interval slept through.
    sent_ = static_cast<int>(silence / options_.interval);
  }
  step.next = last_received + options_.interval * (sent_ + 1);
  return step;
}

}  // namespace towline::ssh::connection
