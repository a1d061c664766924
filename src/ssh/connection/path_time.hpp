#pragma once

#include <chrono>

namespace towline::ssh::connection {

// When something happens, and how long the wire's way to the peer and back is; zero where that is not known.
struct PathTime {
  std::chrono::steady_clock::time_point now{};
  std::chrono::steady_clock::duration round_trip{};
};

}  // namespace towline::ssh::connection
