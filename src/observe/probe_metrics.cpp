#include "observe/probe_metrics.hpp"

#include "observe/family_set.hpp"

namespace towline::observe {

void ProbeMetrics::succeeded(Steady::duration took, Wall::time_point when) {
  probes_.add();
  success_.store(true, std::memory_order_relaxed);
  last_success_.store(unix_seconds(when), std::memory_order_relaxed);
  seconds_.observe(in_seconds(took));
}

void ProbeMetrics::failed(ProbeFailure reason, Steady::duration took) {
  probes_.add();
  success_.store(false, std::memory_order_relaxed);
  failures_.add(reason);
  seconds_.observe(in_seconds(took));
}

void ProbeMetrics::forget() { success_.store(false, std::memory_order_relaxed); }

void ProbeMetrics::collect(FamilySet& families, std::string_view forward) const {
  const FamilySet::Label name{"forward", forward};
  families.gauge("towline_probe_success", "1 if the last probe through the present session succeeded.",
                 {name}, success_.load(std::memory_order_relaxed) ? 1 : 0);
  families.counter("towline_probes_total", "Probes through the forward.", {name}, probes_);
  families.counters("towline_probe_failures_total", "Probes that failed.", name, failures_);
  families.histogram("towline_probe_duration_seconds", "What a probe took, failed ones included.", {name},
                     seconds_);
  families.gauge("towline_probe_last_success_timestamp_seconds", "When a probe last succeeded, 0 for never.",
                 {name}, last_success_.load(std::memory_order_relaxed));
}

}  // namespace towline::observe
