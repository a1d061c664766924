// How soon a refused listener is tried again, and what is asked for. Pure.
#pragma once

#include "observe/reasons.hpp"

#include <chrono>
#include <cstdint>

namespace towline::forward {

// Short and bounded: the port is most often held by our own last session, which the server has not given up
// yet. Under the two seconds after which a freed port must be ours.
constexpr std::chrono::milliseconds bind_retry_delay(int failures) {
  constexpr std::chrono::milliseconds first{200};
  constexpr std::chrono::milliseconds max{1500};
  auto delay = first;
  for (int i = 1; i < failures && delay < max; ++i) delay *= 2;
  return delay < max ? delay : max;
}

// The port to ask for when the choice is the server's (or the kernel's): the last one, as long as it may
// still be our own lost session that holds it; then any.
constexpr std::uint16_t port_to_ask(std::uint16_t configured, std::uint16_t last, int failures) {
  constexpr int tries_for_the_same_port = 10;  // about 12 s
  if (configured != 0) return configured;
  return failures < tries_for_the_same_port ? last : std::uint16_t{0};
}

// Whether a listener that was never ours, and is all there is to do, is worth no other try here. A program
// that has the port may be ending, as a towline does that this one replaces.
constexpr bool is_hopeless(observe::SetupFailure reason, int failures) {
  constexpr int tries = 3;  // 600 ms
  return reason != observe::SetupFailure::port_in_use || failures >= tries;
}

}  // namespace towline::forward
