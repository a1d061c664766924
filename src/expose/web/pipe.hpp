// A visitor and a channel joined, byte for byte: after an upgrade, and for TLS that is the client's.
#pragma once

#include "async/task.hpp"
#include "expose/tls/line.hpp"
#include "expose/web/limits.hpp"
#include "ssh/session/channel.hpp"

#include <cstdint>
#include <string>

namespace towline::expose::web {

struct Piped {
  std::uint64_t received = 0;  // from the visitor
  std::uint64_t sent = 0;
};

// Until both have ended or one has failed; then the channel is closed, and the line too, with a reset where
// it is cut. EOF from one side is told to the other, whose direction lives on. `read_ahead` is the visitor's.
// Unbounded in time: a WebSocket may be silent for hours; one whose visitor has vanished is the kernel's to
// notice (keep-alive).
Task<Piped> pipe(tls::Line& line, std::string read_ahead, ssh::Channel& channel, Scratch& scratch);

// Writes all of `octets`. Errors: those of Channel::wait_sendable().
Task<Result<>> send_all(ssh::Channel& channel, std::string_view octets);

inline ssh::Bytes octets_of(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
inline std::string_view chars_of(ssh::Bytes octets) {
  return {reinterpret_cast<const char*>(octets.data()), octets.size()};
}

}  // namespace towline::expose::web
