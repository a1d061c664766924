// An endpoint as a whole: who may log in to it, which host key its clients see, how many sessions it has to
// the server; and what of that cannot be.
#pragma once

#include "config/env.hpp"
#include "config/file_facts.hpp"
#include "config/problem.hpp"
#include "config/read.hpp"

namespace towline::config {

// Completes config.endpoint and config.share, and what is shown for them; once the forwards are in their
// place.
void settle_endpoint(Reading& reading, const InspectFile& inspect, Findings& findings);

// What contradicts, is open to everybody, or has no effect; a part of check_combinations().
void check_endpoint(const Env& env, const Reading& reading, Findings& findings);

}  // namespace towline::config
