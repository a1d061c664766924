// So many bytes a second: a token bucket. No clock: the time is an argument.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace towline::expose {

// Not thread-safe.
class Rate {
 public:
  using Clock = std::chrono::steady_clock;

  // Bytes/s; 0: any number. As many as in a second may go at once.
  explicit Rate(std::uint64_t per_second) : per_second_(per_second) {}

  // They have gone; how long whoever sent them waits before the next.
  Clock::duration spend(std::uint64_t bytes, Clock::time_point now) {
    if (per_second_ == 0) return {};
    const auto cost = std::chrono::duration_cast<Clock::duration>(
        std::chrono::duration<double>(static_cast<double>(bytes) / static_cast<double>(per_second_)));
    paid_until_ = std::max(paid_until_, now - std::chrono::seconds{1}) + cost;
    return std::max(paid_until_ - now, Clock::duration::zero());
  }

 private:
  std::uint64_t per_second_;
  Clock::time_point paid_until_{};
};

}  // namespace towline::expose
