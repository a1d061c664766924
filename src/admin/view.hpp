// All that an answer of the admin server is made of, taken at one moment.
#pragma once

#include "observe/facts.hpp"
#include "observe/forward_metrics.hpp"
#include "observe/openmetrics.hpp"
#include "observe/traffic.hpp"

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace towline::admin {

struct View {
  observe::Facts facts;
  observe::BuildInfo build;
  std::map<std::string, observe::ForwardTotals, std::less<>> totals;  // by forward
  std::vector<observe::EndpointFacts> endpoints;
  std::vector<observe::TrafficRate> traffic;                // of all forwards together, oldest first
  std::function<std::string(observe::Exposition)> metrics;  // made only when asked for
};

}  // namespace towline::admin
