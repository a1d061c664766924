// What the variables say together, once everything is in its place. Pure.
#pragma once

#include "config/config.hpp"
#include "config/problem.hpp"

namespace towline::config {

// Two forwards with one name, two listeners on one address, and numbers that cannot be meant.
Findings check_conflicts(const Config& config);

}  // namespace towline::config
