// The part of `towline check` that is about this machine as an SSH server: what clients of -S see, and who
// they may be.
#pragma once

#include "check/report.hpp"
#include "endpoint/options.hpp"

namespace towline::check {

// Reads host keys and the files of users, as a start does, and makes nothing. False: a start would fail.
bool check_endpoint(const endpoint::Options& options, CheckReport& report);

}  // namespace towline::check
