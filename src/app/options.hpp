#pragma once

#include <chrono>

namespace towline::app {

struct Options {
  std::chrono::milliseconds drain_timeout{8'000};  // SIGTERM: how long open connections may finish
};

}  // namespace towline::app
