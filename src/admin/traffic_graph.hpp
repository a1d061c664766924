// Connections and bytes of the last minutes as pictures; pure. SVG in the page, nothing that runs.
#pragma once

#include "observe/traffic.hpp"

#include <span>
#include <string>

namespace towline::admin {

// A graph each for open connections, bytes received and bytes sent. Where nothing was noted for longer than
// two intervals, a graph has a gap. At most 3 kB.
std::string traffic_section(std::span<const observe::TrafficRate> rates, observe::Steady::time_point now);

}  // namespace towline::admin
