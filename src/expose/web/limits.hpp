// What a visitor may cost us; plain values.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace towline::expose::web {

struct Limits {
  std::chrono::milliseconds head_timeout{15'000};  // from a request's first byte to the end of its head
  std::chrono::milliseconds idle_timeout{60'000};  // between two requests, and before the first
  std::chrono::milliseconds body_timeout{60'000};  // in which no byte of a body moves where it ought to
  std::chrono::milliseconds open_timeout{
      15'000};  // TOWLINE_EXPOSE_OPEN_TIMEOUT: for a client to take a visitor
  std::chrono::milliseconds handshake_timeout{10'000};
  // After a visitor has ended what it says, an answer may take so long to begin or go on. Some end their side
  // as soon as they have asked (nc); one that is gone looks the same, until it is written to.
  std::chrono::milliseconds left_timeout{10'000};
  std::size_t visitors_max = 8'192;
  std::size_t handshakes_max = 256;  // at once: each costs a signature
};

// What is read waits here for being passed on, and nowhere else; one for each thread. An SSH packet's
// payload.
using Scratch = std::array<std::uint8_t, 32 * 1024>;

}  // namespace towline::expose::web
