// How eagerly a lost session is brought back.
#pragma once

#include <chrono>

namespace towline::supervisor {

struct ReconnectPolicy {
  std::chrono::milliseconds backoff_max{60'000};
  std::chrono::milliseconds gate_time{
      0};  // AUTOSSH_GATETIME: first failure within it gives up; 0 = retry for ever
};

}  // namespace towline::supervisor
