#include "ssh/connection/keepalive.hpp"

namespace towline::ssh::connection {

namespace {

// A step that is late by more than this part of the interval is no busy loop's: we were not there.
constexpr int lateness_part = 2;

}  // namespace

std::chrono::milliseconds Keepalive::deadline(const KeepaliveOptions& options) {
  if (options.interval.count() == 0 || options.count_max == 0) return {};
  return options.interval * (options.count_max + 1);
}

Keepalive::Step Keepalive::step(Clock::time_point now, Clock::time_point last_received) {
  if (options_.interval.count() == 0) return {};
  if (last_received != last_received_) {
    last_received_ = last_received;
    asked_.reset();
  }
  const auto due = asked_.value_or(last_received) + options_.interval;
  const bool late = now - due_.value_or(due) > options_.interval / lateness_part;
  Step step;
  if (now >= due) {
    const auto limit = deadline(options_);
    step.missed = asked_ && !late;
    step.dead = step.missed && limit.count() > 0 && now - last_received >= limit;
    if (step.dead) return step;
    step.send = true;
    asked_ = now;
  }
  due_ = step.next = asked_.value_or(last_received) + options_.interval;
  return step;
}

}  // namespace towline::ssh::connection
