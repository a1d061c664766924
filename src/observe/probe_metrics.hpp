// What comes of trying one forward from end to end, counted.
#pragma once

#include "observe/histogram.hpp"
#include "observe/instant.hpp"
#include "observe/reasons.hpp"

#include <array>
#include <atomic>
#include <cstdint>
#include <string_view>

namespace towline::observe {

class FamilySet;

// Thread-safe, lock-free; no verb allocates.
class ProbeMetrics {
 public:
  void succeeded(Steady::duration took, Wall::time_point when);
  void failed(ProbeFailure reason, Steady::duration took);

  // The session has ended: what was true of it is not known of the next one.
  void forget();

  void collect(FamilySet& families, std::string_view forward) const;

 private:
  using Count = std::atomic<std::uint64_t>;

  std::atomic<bool> success_{false};
  std::atomic<double> last_success_{0};  // Unix seconds
  Count probes_{0};
  std::array<Count, names<ProbeFailure>.size()> failures_{};
  Histogram seconds_{connect_seconds_bounds};
};

}  // namespace towline::observe
