// When a peer counts as dead.
#pragma once

#include <chrono>

namespace towline::ssh {

// OpenSSH's ServerAliveInterval and ServerAliveCountMax.
struct KeepaliveOptions {
  std::chrono::milliseconds interval{10'000};  // 0 = off
  int count_max = 3;                           // 0 = warn, never declare dead
};

}  // namespace towline::ssh
