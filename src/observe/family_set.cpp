#include "observe/family_set.hpp"

#include "text/utf8.hpp"

#include <algorithm>

namespace towline::observe {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

void FamilySet::gauge(std::string_view name, std::string_view help, Labels labels, double value) {
  sample(name, help, MetricType::Gauge, labels).gauge.value = value;
}

void FamilySet::counter(std::string_view name, std::string_view help, Labels labels, double value) {
  sample(name, help, MetricType::Counter, labels).counter.value = value;
}

void FamilySet::histogram(std::string_view name, std::string_view help, Labels labels,
                          const Histogram& counts) {
  sample(name, help, MetricType::Histogram, labels).histogram = counts.collect().histogram;
}

std::vector<MetricFamily> FamilySet::take() {
  std::vector<MetricFamily> families;
  families.reserve(families_.size());
  for (auto& [name, family] : families_) {
    std::ranges::sort(family.metric, {}, &ClientMetric::label);
    families.push_back(std::move(family));
  }
  families_.clear();
  return families;
}

ClientMetric& FamilySet::sample(std::string_view name, std::string_view help, MetricType type,
                                Labels labels) {
  auto found = families_.find(name);
  if (found == families_.end()) {
    MetricFamily family;
    family.name = name;
    family.help = help;
    family.type = type;
    found = families_.emplace(family.name, std::move(family)).first;
  }
  ClientMetric& metric = found->second.metric.emplace_back();
  for (const auto& [key, value] : labels) metric.label.push_back({std::string(key), text::valid_utf8(value)});
  return metric;
}

}  // namespace towline::observe
