// Families as text: Prometheus' own format and OpenMetrics.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace prometheus {
struct MetricFamily;
}

namespace towline::observe {

enum class Exposition { text_0_0_4, openmetrics_1_0_0 };

// The media type to answer with, version and character set included.
std::string_view content_type(Exposition format);

std::string expose(const std::vector<prometheus::MetricFamily>& families, Exposition format);

}  // namespace towline::observe
