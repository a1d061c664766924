// When `towline run` stops waiting before its time: what no retry cures. Pure.
#pragma once

#include "observe/facts.hpp"

#include <optional>
#include <string>

namespace towline::app {

struct LostCause {
  std::string reason;  // "auth", "host_key"
  std::string detail;
  std::string hint;
};

// A forward that counts for readiness waits because host key or authentication were refused. People who watch
// a job want to know at once, while a daemon waits for somebody to mend it.
std::optional<LostCause> lost_cause(const observe::Facts& facts);

}  // namespace towline::app
