#pragma once

#include "net/host_port.hpp"

#include <optional>
#include <string>

namespace towline::admin {

struct Options {
  std::optional<net::HostPort> listen = net::HostPort{"127.0.0.1", 9022};  // nothing: off
};

// The listener that changes things: loopback or a unix socket. Neither set: off.
struct ControlOptions {
  std::optional<net::HostPort> listen;
  std::string path;
};

}  // namespace towline::admin
