// The descriptors that this process may have open, shared out before anything is: what has to go on beside
// any number of connections keeps its own.
#pragma once

#include "config/config.hpp"
#include "observe/log.hpp"

#include <cstddef>
#include <optional>

namespace towline::app {

struct DescriptorShares {
  std::size_t limit = 0;            // RLIMIT_NOFILE, raised
  std::size_t kept_back = 0;        // for everything but connections
  std::size_t http_clients = 0;     // of the admin port, and as many of the control port
  std::size_t target_look_ups = 0;  // of all connections of -R together, and further attempts to connect
  std::size_t connections = 0;      // of all forwards together; 0: there is none left
};

// How many sessions are kept: further ones have something to do only where there are connections to share.
std::size_t session_count(const config::Config& config);

// `open`: what is open already. Pure.
DescriptorShares share_descriptors(std::size_t limit, std::size_t open, const config::Config& config);

// Raises the soft limit to the hard one, for the life of this process. Nothing where that is too low: said on
// stderr, in the format of the log.
std::optional<DescriptorShares> share_descriptors_of_process(const config::Config& config, std::size_t open);

// One line; a warning where a forward cannot have the connections that it is allowed.
void log_shares(const observe::Log& log, const config::Config& config, const DescriptorShares& shares);

}  // namespace towline::app
