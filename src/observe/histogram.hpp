// A histogram whose observations take no lock.
#pragma once

#include <prometheus/client_metric.h>

#include <atomic>
#include <cstdint>
#include <span>
#include <vector>

namespace towline::observe {

// Bucket bounds from the metrics list: what a connect takes, what a round trip takes, what a connection
// lasts.
constexpr double connect_seconds_bounds[] = {0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30};
constexpr double round_trip_seconds_bounds[] = {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
                                                0.1,   0.25,   0.5,   1,    2.5,   5};
constexpr double lifetime_seconds_bounds[] = {0.1, 1, 10, 60, 300, 1800, 7200, 43200};

// Thread-safe. A scrape in the middle of an observation may see its bucket and not yet its sum.
class Histogram {
 public:
  // `bounds` ascend and outlive the histogram; a value equal to a bound falls into that bound's bucket.
  explicit Histogram(std::span<const double> bounds);

  void observe(double value);

  prometheus::ClientMetric collect() const;

 private:
  std::span<const double> bounds_;
  std::vector<std::atomic<std::uint64_t>> counts_;  // one more than bounds: +Inf
  std::atomic<double> sum_{0};
};

}  // namespace towline::observe
