#include "observe/openmetrics.hpp"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <sstream>

namespace towline::observe {

namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

// OpenMetrics 1.0.0, "Escaping": backslash, newline and double quote, in label values and in help.
std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\n') {
      out += "\\n";
    } else {
      if (c == '\\' || c == '"') out += '\\';
      out += c;
    }
  }
  return out;
}

// Whole numbers get ".0" where the specification wants a float in its canonical form (bucket bounds).
std::string number_text(double value, bool canonical = false) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value < 0 ? "-Inf" : "+Inf";
  std::array<char, 32> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
  std::string out(text.data(), end);
  if (canonical && out.find_first_of(".e") == std::string::npos) out += ".0";
  return out;
}

bool cut_suffix(std::string_view& text, std::string_view suffix) {
  if (!text.ends_with(suffix)) return false;
  text.remove_suffix(suffix.size());
  return true;
}

struct Heading {
  std::string_view family;  // without the suffix its samples have
  std::string_view type;
  std::string_view suffix;  // "_total", "_info" or nothing
};

// A counter "x_total" is the family x, which there cannot be twice: beside a gauge "x" its type stays unsaid.
Heading heading(const MetricFamily& metrics, const std::vector<MetricFamily>& all) {
  std::string_view name = metrics.name;
  switch (metrics.type) {
    case MetricType::Counter:
      cut_suffix(name, "_total");
      if (std::ranges::find(all, name, &MetricFamily::name) != all.end())
        return {metrics.name, "unknown", ""};
      return {name, "counter", "_total"};
    case MetricType::Histogram: return {name, "histogram", ""};
    case MetricType::Summary: return {name, "summary", ""};
    case MetricType::Untyped: return {name, "unknown", ""};
    case MetricType::Gauge: break;
  }
  if (cut_suffix(name, "_info")) return {name, "info", "_info"};
  return {name, "gauge", ""};
}

void append_sample(std::string& out, std::string_view name, std::string_view suffix,
                   const ClientMetric& metric, std::string_view extra_label, std::string_view value) {
  out.append(name).append(suffix);
  std::string labels;
  for (const auto& label : metric.label) {
    if (!labels.empty()) labels += ',';
    labels += label.name + "=\"" + escaped(label.value) + '"';
  }
  if (!extra_label.empty()) {
    if (!labels.empty()) labels += ',';
    labels += extra_label;
  }
  if (!labels.empty()) out.append("{").append(labels).append("}");
  out.append(" ").append(value).append("\n");
}

void append_histogram(std::string& out, std::string_view name, const ClientMetric& metric) {
  for (const auto& bucket : metric.histogram.bucket) {
    append_sample(out, name, "_bucket", metric, "le=\"" + number_text(bucket.upper_bound, true) + '"',
                  std::to_string(bucket.cumulative_count));
  }
  append_sample(out, name, "_count", metric, "", std::to_string(metric.histogram.sample_count));
  append_sample(out, name, "_sum", metric, "", number_text(metric.histogram.sample_sum));
}

void append_family(std::string& out, const MetricFamily& metrics, const std::vector<MetricFamily>& all) {
  const Heading head = heading(metrics, all);
  const auto line = [&](std::string_view keyword, std::string_view text) {
    out.append("# ").append(keyword).append(" ").append(head.family).append(" ").append(text).append("\n");
  };
  line("TYPE", head.type);
  if (head.family.ends_with("_seconds")) line("UNIT", "seconds");
  if (head.family.ends_with("_bytes")) line("UNIT", "bytes");
  line("HELP", escaped(metrics.help));
  for (const ClientMetric& metric : metrics.metric) {
    if (metrics.type == MetricType::Histogram) {
      append_histogram(out, head.family, metric);
    } else {
      const bool counted = metrics.type == MetricType::Counter;
      append_sample(out, head.family, head.suffix, metric, "",
                    number_text(counted ? metric.counter.value : metric.gauge.value));
    }
  }
}

}  // namespace

std::string_view content_type(Exposition format) {
  switch (format) {
    case Exposition::text_0_0_4: return "text/plain; version=0.0.4; charset=utf-8";
    case Exposition::openmetrics_1_0_0: return "application/openmetrics-text; version=1.0.0; charset=utf-8";
  }
  return "";
}

std::string expose(const std::vector<MetricFamily>& families, Exposition format) {
  if (format == Exposition::text_0_0_4) {
    std::ostringstream out;
    prometheus::TextSerializer().Serialize(out, families);
    return std::move(out).str();
  }
  std::string out;
  for (const MetricFamily& family : families) append_family(out, family, families);
  out += "# EOF\n";
  return out;
}

}  // namespace towline::observe
