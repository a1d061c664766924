// What to do about a connection that could not be joined. Pure.
#pragma once

#include "forward/spec.hpp"
#include "observe/reasons.hpp"

#include <string>

namespace towline::forward {

// One line for each reason.
std::string connection_hint(observe::ConnectionFailure reason, Mode mode);

}  // namespace towline::forward
