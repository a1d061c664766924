// One line for each change of readiness: what a Board is given to call.
#pragma once

#include "observe/health.hpp"
#include "observe/log.hpp"

#include <functional>

namespace towline::observe {

// Writes health.ready and health.not_ready; probes themselves are never logged.
std::function<void(const Verdict&)> readiness_log(Log log);

}  // namespace towline::observe
