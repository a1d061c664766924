// One connection: a channel and a local socket joined, half-close and errors carried, with no buffer while
// idle.
#pragma once

#include "async/task.hpp"
#include "net/stream.hpp"
#include "observe/forward_metrics.hpp"
#include "ssh/session/channel.hpp"

#include <array>
#include <chrono>
#include <cstdint>

namespace towline::forward {

// What is read from a local socket waits here for its encryption and nowhere else; one for each thread. The
// size is the largest payload of an SSH packet that every peer takes (RFC 4253, 6.1).
using Scratch = std::array<std::uint8_t, 32 * 1024>;

enum class PumpEnd {
  finished,        // both sides said so
  session_lost,    // the channel went with its session
  socket_failed,   // the local side reset, or went away while there was data for it
  channel_closed,  // the server closed the channel before the local side had finished
  idle,            // no byte either way for too long
  cancelled,
};

struct PumpResult {
  PumpEnd end = PumpEnd::finished;
  std::uint64_t sent = 0;      // towards the SSH server
  std::uint64_t received = 0;  // from it
};

// Slows a connection down, by what it has carried.
class Pace {
 public:
  using Duration = std::chrono::steady_clock::duration;

  virtual ~Pace() = default;
  // So many bytes have gone that way; how long the next ones wait.
  virtual Duration sent(std::uint64_t bytes) = 0;
  virtual Duration received(std::uint64_t bytes) = 0;
};

// Joins the two until both directions have ended or one has failed; then both are closed, the socket with a
// reset if the connection was cut by us or with its session. EOF from one side is sent as EOF to the other,
// whose direction lives on. Back-pressure is the SSH window's. Needs the session's io_context. Ends when both
// directions have been silent for `idle_timeout`; 0: unbounded in time, connections may be silent for hours.
// `pace`, which may be nullptr, outlives it.
Task<PumpResult> pump(ssh::Channel& channel, net::Stream& socket, Scratch& scratch,
                      observe::ForwardMetrics& metrics, std::chrono::milliseconds idle_timeout = {},
                      Pace* pace = nullptr);

}  // namespace towline::forward
