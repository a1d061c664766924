// The time that is left for somebody to answer, counted while we are there to hear it. Pure.
#pragma once

#include <algorithm>
#include <chrono>

namespace towline {

// A process that was stopped (docker pause, a stalled VM, no processor) wakes up with every timer expired and
// the answers still in its sockets: a late timer is no evidence. So a wait is cut into looks, and the time
// before a look that comes far too late does not count.
class Countdown {
 public:
  using Clock = std::chrono::steady_clock;

  static constexpr std::chrono::milliseconds look_interval{500};
  // A busy loop is late as well; with this much between two looks it was not turning.
  static constexpr std::chrono::milliseconds absence_min{1'000};

  Countdown(Clock::time_point now, Clock::time_point deadline) : looked_(now), left_(deadline - now) {}

  // When to look next.
  Clock::time_point next() const { return looked_ + std::min<Clock::duration>(left_, look_interval); }

  // One look. True when nothing is left.
  bool is_over(Clock::time_point now) {
    const auto passed = now - looked_;
    looked_ = now;
    // Not twice in a row: a loop that is late for ever must come to an end too.
    absent_ = passed >= absence_min && !absent_;
    left_ = absent_ ? std::max<Clock::duration>(left_, look_interval) : left_ - passed;
    return left_ <= Clock::duration::zero();
  }

  // When it will be over, as it looks now.
  Clock::time_point deadline(Clock::time_point now) {
    is_over(now);
    return looked_ + left_;
  }

 private:
  Clock::time_point looked_;
  Clock::duration left_;
  bool absent_ = false;
};

}  // namespace towline
