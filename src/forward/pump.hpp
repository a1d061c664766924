// One connection: a channel and a TCP socket joined, half-close and errors carried, with no buffer while
// idle.
#pragma once

#include "async/task.hpp"
#include "observe/forward_metrics.hpp"
#include "ssh/channel.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <array>
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
  cancelled,
};

struct PumpResult {
  PumpEnd end = PumpEnd::finished;
  std::uint64_t sent = 0;      // towards the SSH server
  std::uint64_t received = 0;  // from it
};

// Joins the two until both directions have ended or one has failed; then both are closed, the socket with a
// reset if the session was lost. EOF from one side is sent as EOF to the other, whose direction lives on.
// Back-pressure is the SSH window's. Needs the session's io_context. Unbounded in time: connections may be
// silent for hours.
Task<PumpResult> pump(ssh::Channel& channel, asio::ip::tcp::socket& socket, Scratch& scratch,
                      observe::ForwardMetrics& metrics);

}  // namespace towline::forward
