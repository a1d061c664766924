// What an exposition in Prometheus' text format holds, for tests that compare it with what people are told.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>

namespace towline::observe {

struct Series {
  std::string type;
  std::string help;
  std::map<std::string, std::set<std::string>> labels;  // each with its values; without `le`
  std::size_t samples = 0;
};

// By name of the family.
std::map<std::string, Series> read_series(std::string_view exposition);

// Everything towline can show: two forwards, one of them probed, with a session and a key; clients of -S.
std::string full_exposition();

// The table of docs/metrics.md.
std::string metrics_table();

}  // namespace towline::observe
