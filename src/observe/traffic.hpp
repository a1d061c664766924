// What passed through all forwards lately: totals noted at an even pace, and the rates between them.
#pragma once

#include "observe/forward_metrics.hpp"
#include "observe/instant.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace towline::observe {

// What a glance after an alert wants to know, in steps of a few pixels each.
constexpr std::chrono::seconds traffic_window{600};
constexpr std::chrono::seconds traffic_interval{10};

// Between two notes.
struct TrafficRate {
  Steady::time_point began;
  Steady::time_point ended;
  std::uint64_t connections = 0;  // open at its end
  double received = 0;            // bytes per second
  double sent = 0;                // bytes per second
};

// The last notes, as many as fill the window at the interval; memory is taken once. Not thread-safe.
class TrafficHistory {
 public:
  // A note that is not later than the one before is left out.
  void note(Steady::time_point now, const ForwardTotals& totals);

  // Oldest first, one for each pair of neighbours. A counter that went back has begun at zero again.
  std::vector<TrafficRate> rates() const;

 private:
  struct Note {
    Steady::time_point at;
    std::uint64_t connections = 0;
    std::uint64_t received_bytes = 0;
    std::uint64_t sent_bytes = 0;
  };

  static TrafficRate between(const Note& before, const Note& after);
  const Note& latest(std::size_t back) const { return ring_.at((count_ - 1 - back) % ring_.size()); }

  std::array<Note, traffic_window / traffic_interval + 1> ring_;
  std::size_t count_ = 0;  // of all notes ever made
};

}  // namespace towline::observe
