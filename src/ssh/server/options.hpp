// Who may be a client of an endpoint at a time, and how long one is waited for.
#pragma once

#include "ssh/auth/server/options.hpp"
#include "ssh/connection/options.hpp"

#include <cstddef>

namespace towline::ssh {

struct ClientLimits {
  std::size_t clients_max = 1024;
  std::size_t per_source_max = 64;  // an IPv4 address, or the network of an IPv6 one (64 bits)
  std::size_t channels_max = 256;   // of each client
};

struct EndpointOptions {
  LoginOptions login{};
  StartOptions starts{};
  PenaltyOptions penalties{};
  ClientLimits limits{};
  KeepaliveOptions keepalive{};
};

}  // namespace towline::ssh
