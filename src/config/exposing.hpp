// What the variables of the public entrance say together. Pure.
#pragma once

#include "config/file_facts.hpp"
#include "config/problem.hpp"
#include "config/read.hpp"

namespace towline::config {

// Without a domain there is no HTTP, and without certificates HTTPS only where it was asked for, for clients
// that have their own.
void settle_exposing(Reading& reading, const InspectFile& inspect, Findings& findings);

// What contradicts, cannot be meant, or has no effect; a part of check_combinations().
void check_exposing(const Reading& reading, Findings& findings);

}  // namespace towline::config
