// How much of a bulk transfer is on its way. A window of megabytes that is filled faster than the peer
// empties it is a queue, and everything else of the connection stands in it. Pure.
#pragma once

#include "ssh/connection/path_time.hpp"

#include <chrono>
#include <cstdint>
#include <limits>

namespace towline::ssh::connection {

// What the peer gives back with WINDOW_ADJUST tells how fast it reads, and so how much keeps it busy. Nothing
// is held back before it has told, or while it does not.
class InFlight {
 public:
  // How much may be sent now as far as this is concerned; never so little that it would make small packets.
  std::uint32_t room() const;

  void sent(std::uint32_t n) { outstanding_ += n; }
  // There was more to be sent than room().
  void held_back() { held_back_ = true; }
  // The peer has read `n` bytes (or grants as many more).
  void adjusted(std::uint32_t n, const PathTime& path);
  // The peer has not given anything back although it was waited for: it tells later than it used to.
  void lift() { limit_ = unlimited; }

 private:
  static constexpr std::uint64_t unlimited = std::numeric_limits<std::uint64_t>::max();

  void look_at_rate(const PathTime& path);

  std::uint64_t outstanding_ = 0;  // sent, and not given back
  std::uint64_t limit_ = unlimited;
  std::uint32_t step_ = 0;  // what is given back at once
  double rate_ = 0;         // bytes per second
  std::uint64_t counted_ = 0;
  std::chrono::steady_clock::time_point counted_since_{};
  bool held_back_ = false;
};

}  // namespace towline::ssh::connection
