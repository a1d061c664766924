// Collects samples that are not prometheus-cpp's own into families, in a stable order.
#pragma once

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
  void histogram(std::string_view name, std::string_view help, Labels labels,
                 prometheus::ClientMetric counts);

  // What a prometheus-cpp registry collected; its samples are put in order.
  void add(std::vector<prometheus::MetricFamily> families);

  // Sorted by name; the samples of a family sorted by labels where they came through add().
  std::vector<prometheus::MetricFamily> take();

 private:
  prometheus::ClientMetric& sample(std::string_view name, std::string_view help, prometheus::MetricType type,
                                   Labels labels);

  std::map<std::string, prometheus::MetricFamily, std::less<>> families_;
};

}  // namespace towline::observe
