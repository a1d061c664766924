// SSH_PUBLISH as a whole: what it changes about -R, and what of it cannot be.
#pragma once

#include "config/env.hpp"
#include "config/problem.hpp"
#include "config/read.hpp"

namespace towline::config {

// What -R is to bind is read again as a service takes it, word for word; before anything is made of it.
void take_published_hosts(Reading& reading, Findings& findings);

// Completes config.publish and what is shown for it; once the forwards are in their place.
void settle_publish(Reading& reading);

// What contradicts or has no effect; a part of check_combinations().
void check_publish(const Env& env, const Reading& reading, Findings& findings);

}  // namespace towline::config
