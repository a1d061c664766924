#include "admin/traffic_graph.hpp"

#include "admin/markup.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <functional>
#include <string_view>

namespace towline::admin {

namespace {

using observe::Steady;
using observe::traffic_interval;
using observe::traffic_window;
using observe::TrafficRate;

// In units of the picture: a step is as wide as an interval, and the picture is stretched to its place.
constexpr int columns = traffic_window / traffic_interval;
constexpr int height = 40;

struct Series {
  std::string_view title;
  std::function<double(const TrafficRate&)> value;
  std::function<std::string(double)> words;
};

int column(Steady::time_point time, Steady::time_point now) {
  const double back = observe::in_seconds(now - time) / observe::in_seconds(traffic_interval);
  return std::clamp(columns - static_cast<int>(std::lround(back)), 0, columns);
}

// What is not nothing is seen.
int level(double value, double peak) {
  if (value <= 0 || peak <= 0) return 0;
  return std::max(1, static_cast<int>(std::lround(value / peak * height)));
}

// Steps on the ground line, each run without a gap an area of its own.
std::string outline(std::span<const TrafficRate> rates, const Series& series, double peak,
                    Steady::time_point now) {
  std::string path;
  int end = -1;
  int last = 0;
  for (const TrafficRate& rate : rates) {
    const int from = column(rate.began, now);
    const int to = column(rate.ended, now);
    if (from == to || rate.ended - rate.began > 2 * traffic_interval) continue;
    const int y = height - level(series.value(rate), peak);
    if (from != end) {
      if (end >= 0) path += "V" + std::to_string(height) + "z";
      path += "M" + std::to_string(from) + " " + std::to_string(height);
      last = height;
    }
    if (y != last) path += "V" + std::to_string(y);
    path += "H" + std::to_string(to);
    end = to;
    last = y;
  }
  if (end >= 0) path += "V" + std::to_string(height) + "z";
  return path;
}

std::string graph(std::span<const TrafficRate> rates, const Series& series, Steady::time_point now) {
  double peak = 0;
  for (const TrafficRate& rate : rates) peak = std::max(peak, series.value(rate));
  const std::string present = rates.empty() ? "-" : series.words(series.value(rates.back()));
  const std::string most = rates.empty() ? "-" : series.words(peak);
  const std::string title(series.title);
  return "<figure>\n<figcaption><span class=\"soft\">" + title + "</span> <b>" + present +
         "</b> <span class=\"soft\">peak " + most + "</span></figcaption>\n<svg viewBox=\"0 0 " +
         std::to_string(columns) + " " + std::to_string(height) +
         "\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"" + title +
         " in the last 10 minutes: now " + present + ", at most " + most + "\"><path d=\"" +
         outline(rates, series, peak, now) + "\"/></svg>\n</figure>\n";
}

double connections(const TrafficRate& rate) { return static_cast<double>(rate.connections); }
std::string number(double value) { return std::to_string(static_cast<std::uint64_t>(value)); }
std::string per_second(double value) { return bytes(value) + "/s"; }

const std::array<Series, 3> all_series{{{"Connections", connections, number},
                                        {"Received", &TrafficRate::received, per_second},
                                        {"Sent", &TrafficRate::sent, per_second}}};

}  // namespace

std::string traffic_section(std::span<const TrafficRate> rates, Steady::time_point now) {
  const auto recent = std::ranges::find_if(
      rates, [&](const TrafficRate& rate) { return now - rate.began <= traffic_window + traffic_interval; });
  std::string out = "<h2>Last 10 minutes</h2>\n<div class=\"card graphs\">\n";
  for (const Series& series : all_series) out += graph({recent, rates.end()}, series, now);
  return out + "</div>\n";
}

}  // namespace towline::admin
