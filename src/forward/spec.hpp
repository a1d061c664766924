// One configured rule: where connections come from and where they go, in the words of OpenSSH's struct
// Forward.
#pragma once

#include "net/host_port.hpp"

#include <cstddef>
#include <cstdint>
#include <string>

namespace towline::forward {

enum class Mode { local, remote, dynamic };

constexpr const char* to_string(Mode mode) {
  switch (mode) {
    case Mode::local: return "local";
    case Mode::remote: return "remote";
    case Mode::dynamic: return "dynamic";
  }
  return "unknown";
}

struct ForwardSpec {
  std::string name = "main";
  Mode mode = Mode::remote;
  // -R: sent to the server verbatim ("" = every address it has; port 0 = server's choice).
  // -L: bound here ("" = every family; port 0 = any free one).
  net::HostPort listen{"127.0.0.1", 0};
  net::HostPort connect{"localhost", 22};
  bool required = true;                // counts for readiness
  std::size_t max_connections = 4096;  // at a time; further ones are refused
};

}  // namespace towline::forward
