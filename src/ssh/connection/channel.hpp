// One channel's side of the connection protocol: windows, EOF and CLOSE in each direction. Pure.
#pragma once

#include "async/result.hpp"
#include "ssh/connection/answers.hpp"
#include "ssh/connection/in_flight.hpp"
#include "ssh/connection/path_time.hpp"
#include "ssh/wire/error.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace towline::ssh::connection {

struct WindowLimits {
  // OpenSSH's CHAN_TCP_WINDOW_DEFAULT; larger first windows slow OpenSSH's server down.
  std::uint32_t initial = 2 * 1024 * 1024;
  std::uint32_t max = 8 * 1024 * 1024;
  // All windows of a session together: what its peer could make us hold. 256 first windows.
  std::uint64_t session_max = 512 * 1024 * 1024;
  // What a channel gets even so: OpenSSH's smallest, four packets.
  std::uint32_t min = 128 * 1024;
  // RFC 4253, 6.1: the payload every implementation must take; also OpenSSH's CHAN_TCP_PACKET_DEFAULT.
  std::uint32_t packet_max = 32 * 1024;
};

// What a session's channels have been promised together. The less is left, the smaller a new channel's first
// window: many channels share the wire anyway, and none waits for another to close.
class WindowBudget {
 public:
  explicit WindowBudget(const WindowLimits& limits) : limits_(limits) {}

  std::uint32_t first() const;
  std::uint64_t left() const { return limits_.session_max - std::min(taken_, limits_.session_max); }
  void take(std::uint64_t n) { taken_ += n; }
  void give_back(std::uint64_t n) { taken_ -= n; }

 private:
  WindowLimits limits_;
  std::uint64_t taken_ = 0;
};

// What we let the peer send. Grows where the path, not the reader, is what limits a transfer.
class ReceiveWindow {
 public:
  ReceiveWindow(const WindowLimits& limits, std::uint32_t size) : limits_(limits), size_(size), left_(size) {}

  // The peer has sent `n` bytes: window_exceeded, message_too_large, or fine.
  Result<> received(std::size_t n);

  // `n` received bytes have left our hands. Returns what to announce with WINDOW_ADJUST, 0 for nothing yet.
  // Half a window used up in less than one round trip means that the peer waits for our word: the window is
  // doubled, as far as `spare` reaches.
  std::uint32_t consumed(std::size_t n, const PathTime& path, std::uint64_t spare);

  std::uint32_t size() const { return size_; }

 private:
  WindowLimits limits_;
  std::uint32_t size_;
  std::uint32_t left_;          // the peer may still send
  std::uint32_t consumed_ = 0;  // and has not been told
  std::chrono::steady_clock::time_point last_adjust_{};
};

// What the peer lets us send.
class SendWindow {
 public:
  void open(std::uint32_t window, std::uint32_t packet_max);

  // The most that may be sent as one packet now.
  std::uint32_t sendable() const;
  void sent(std::size_t n) { left_ -= static_cast<std::uint32_t>(n); }
  Result<> adjust(std::uint32_t n);  // window_overflow beyond 2^32-1 (RFC 4254, 5.2)

 private:
  std::uint32_t left_ = 0;
  std::uint32_t packet_max_ = 0;
};

struct Channel {
  enum class Phase {
    free,
    opening,    // we asked, no answer yet
    abandoned,  // we asked, nobody waits for the answer any more
    offered,    // the peer asked, we have not answered
    open,
  };

  Channel(const WindowLimits& limits, std::uint32_t window) : receive(limits, window) {}

  bool may_send() const { return phase == Phase::open && !eof_sent && !close_sent; }
  void sent(std::uint32_t n) {
    send.sent(n);
    in_flight.sent(n);
  }
  // Over for us and not for the peer.
  bool left_open() const { return phase == Phase::abandoned || (phase == Phase::open && close_sent); }

  Phase phase = Phase::free;
  std::uint32_t peer_number = 0;
  ReceiveWindow receive;
  SendWindow send;
  InFlight in_flight;
  bool eof_sent = false;
  bool eof_received = false;
  bool close_sent = false;
  unsigned replies_due = 0;  // CHANNEL_REQUESTs of ours that want a reply
  Answers asked{};           // by the peer
};

}  // namespace towline::ssh::connection
