// What to do where the two sides have no algorithm in common. Pure.
#pragma once

#include "async/result.hpp"
#include "ssh/options.hpp"

#include <string>

namespace towline::supervisor {

// For ssh::errc::no_common_*, from what the server offers, what we could and what SSH_OPTIONS leaves of it.
// `sshd`: whose configuration to change, "the server". Empty for another failure.
std::string negotiation_hint(const Failure& failure, const ssh::AlgorithmOptions& wish,
                             const std::string& sshd);

}  // namespace towline::supervisor
