// What to do about a failure that a jump host has caused. Pure.
#pragma once

#include "async/result.hpp"
#include "ssh/options.hpp"

#include <cstddef>
#include <string>

namespace towline::supervisor {

// As hint(), for the jump host options.jump_hosts[index]; it names its variables instead of the server's.
std::string hint_at_jump_host(const Failure& failure, const ssh::Options& options, std::size_t index);

}  // namespace towline::supervisor
