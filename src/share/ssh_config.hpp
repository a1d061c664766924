// How OpenSSH's client, and whatever is built on it, finds its way to a -S; pure.
#pragma once

#include "forward/spec.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace towline::share {

// As ssh_config(5) has it, for a file that `ssh -F` is given. For the servers in `names`, and for "towline",
// it leads to the endpoint of `spec`, which listens on `port` and proves itself by `known_hosts`, and keeps
// what the user has configured for them out of it: that was for the way which the session has taken already.
// For every other host it is the user's configuration. Names that would be patterns are left out.
std::string ssh_config(const forward::ForwardSpec& spec, std::uint16_t port, std::vector<std::string> names,
                       const std::string& known_hosts);

}  // namespace towline::share
