// What a -S offers to its clients, and how long they wait.
#pragma once

#include <chrono>
#include <cstddef>

namespace towline::share {

// What clients may do.
struct Allowed {
  bool session = true;  // commands, shells, subsystems
  bool local = true;    // their -L, -D and -W
  bool remote = true;   // their -R

  bool operator==(const Allowed&) const = default;
};

struct Options {
  Allowed allowed{};
  // How long what a client asks for waits while there is no session to the server; 0: not at all.
  std::chrono::milliseconds wait{30'000};
  // Sessions to the server, the first one included: more are made when the server's MaxSessions is reached.
  std::size_t upstreams_max = 4;
  std::chrono::seconds upstream_idle{60};  // one that is not the first ends after so long without a channel
};

}  // namespace towline::share
