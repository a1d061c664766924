// Collects samples into the families that prometheus-cpp writes as text, in a stable order.
#pragma once

#include "observe/count.hpp"
#include "observe/histogram.hpp"

#include <prometheus/client_metric.h>
#include <prometheus/metric_family.h>

#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace towline::observe {

// Made for one scrape and thrown away. Not thread-safe.
class FamilySet {
 public:
  using Label = std::pair<std::string_view, std::string_view>;
  using Labels = std::initializer_list<Label>;

  void gauge(std::string_view name, std::string_view help, Labels labels, double value);
  void counter(std::string_view name, std::string_view help, Labels labels, double value);
  void counter(std::string_view name, std::string_view help, Labels labels, const Count& count) {
    counter(name, help, labels, static_cast<double>(count.value()));
  }
  void histogram(std::string_view name, std::string_view help, Labels labels, const Histogram& counts);

  // A sample for each reason, behind `label`.
  template <Labelled E>
  void counters(std::string_view name, std::string_view help, const Label& label, const CountPer<E>& counts) {
    for (const E reason : all<E>()) {
      counter(name, help, {label, {"reason", to_string(reason)}}, static_cast<double>(counts.value(reason)));
    }
  }

  // Sorted by name, the samples of a family by their labels.
  std::vector<prometheus::MetricFamily> take();

 private:
  prometheus::ClientMetric& sample(std::string_view name, std::string_view help, prometheus::MetricType type,
                                   Labels labels);

  std::map<std::string, prometheus::MetricFamily, std::less<>> families_;
};

}  // namespace towline::observe
