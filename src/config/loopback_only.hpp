// Local forwards that nobody outside this machine or container can reach. Pure.
#pragma once

#include "config/fields.hpp"
#include "config/problem.hpp"

#include <vector>

namespace towline::config {

// One for each -L and -D that listens on a loopback address, with what to write instead.
std::vector<Warning> loopback_only(const Draft& draft);

}  // namespace towline::config
