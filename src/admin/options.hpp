#pragma once

#include "net/host_port.hpp"

#include <optional>

namespace towline::admin {

struct Options {
  std::optional<net::HostPort> listen = net::HostPort{"127.0.0.1", 9022};  // nothing: off
};

}  // namespace towline::admin
