// The client side of `towline healthcheck` and `towline wait`: asks a running towline whether it is ready.
#pragma once

#include "net/host_port.hpp"

#include <chrono>
#include <string>

namespace towline::admin {

struct Readiness {
  bool ready = false;
  std::string text;  // what it answered, or why it could not be asked
};

// `listen` is where the admin server was told to listen; an unspecified address is asked on loopback. Blocks,
// for no longer than `timeout`.
Readiness ask_readiness(const net::HostPort& listen,
                        std::chrono::milliseconds timeout = std::chrono::seconds(3));

}  // namespace towline::admin
