// The client side of `towline healthcheck`, `towline wait` and `towline check`: asks a running towline
// whether it is ready.
#pragma once

#include "async/task.hpp"
#include "net/host_port.hpp"
#include "net/resolve.hpp"

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

// Asks again and again until it is ready, or `patience` is over; 0 = for ever. The answer is the last one.
Readiness await_readiness(const net::HostPort& listen, std::chrono::milliseconds patience);

// The same question about one forward, for those who are on an io_context already.
Task<Readiness> ask_forward(net::HostPort listen, std::string forward, net::Deadline deadline);

}  // namespace towline::admin
