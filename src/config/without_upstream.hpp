// SSH_MODE=expose: clients come to towline, and there is no server that it connects to.
#pragma once

#include "config/problem.hpp"
#include "config/read.hpp"

namespace towline::config {

bool has_upstream(const Draft& draft);

// Nothing is shown, and nothing is left, of what would be there for a server.
void settle_without_upstream(Reading& reading);

// What is written and has no effect; a part of check_combinations().
void check_without_upstream(const Reading& reading, Findings& findings);

}  // namespace towline::config
