// What comes of trying one forward from end to end, counted.
#pragma once

#include "observe/count.hpp"
#include "observe/histogram.hpp"
#include "observe/instant.hpp"

#include <atomic>
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
  std::atomic<bool> success_{false};
  std::atomic<double> last_success_{0};  // Unix seconds
  Count probes_;
  CountPer<ProbeFailure> failures_;
  Histogram seconds_{connect_seconds_bounds};
};

}  // namespace towline::observe
