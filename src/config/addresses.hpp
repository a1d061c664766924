// Addresses written where a port or a host alone is asked for: "*:2222" in SSH_TUNNEL_PORT, "db:5432" in
// SSH_TARGET_HOST. They are taken apart, unless another variable says something else.
#pragma once

#include "config/problem.hpp"
#include "config/read.hpp"

namespace towline::config {

void settle_addresses(Reading& reading, Findings& findings);

}  // namespace towline::config
