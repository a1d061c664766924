// What to do about a connection that could not be joined. Pure.
#pragma once

#include "forward/place.hpp"
#include "forward/spec.hpp"
#include "observe/reasons.hpp"

#include <string>

namespace towline::forward {

// One line for each reason; of ConnectionFailure::limit that of Limit::connections.
std::string connection_hint(observe::ConnectionFailure reason, Mode mode);
std::string limit_hint(Limit reached);

}  // namespace towline::forward
