#include "ssh/connection/channel.hpp"

#include <algorithm>
#include <limits>

namespace towline::ssh::connection {

std::uint32_t WindowBudget::first() const {
  constexpr std::uint64_t shares = 64;  // of what is left, for this channel and those to come
  const std::uint64_t least = std::min(limits_.min, limits_.initial);
  return static_cast<std::uint32_t>(std::clamp<std::uint64_t>(left() / shares, least, limits_.initial));
}

Result<> ReceiveWindow::received(std::size_t n) {
  if (n > limits_.packet_max) return errc::message_too_large;
  if (n > left_) return errc::window_exceeded;
  left_ -= static_cast<std::uint32_t>(n);
  return {};
}

std::uint32_t ReceiveWindow::consumed(std::size_t n, const PathTime& path, std::uint64_t spare) {
  consumed_ += static_cast<std::uint32_t>(n);
  if (consumed_ < size_ / 2) return 0;
  const bool reader_keeps_up = left_ + consumed_ == size_;
  const bool peer_waits = path.now - last_adjust_ < path.round_trip;
  std::uint32_t grown = 0;
  if (reader_keeps_up && peer_waits) {
    const auto room = std::min<std::uint64_t>(spare, limits_.max - std::min(size_, limits_.max));
    grown = static_cast<std::uint32_t>(std::min<std::uint64_t>(size_, room));
    size_ += grown;
  }
  const auto adjust = consumed_ + grown;
  left_ += adjust;
  consumed_ = 0;
  last_adjust_ = path.now;
  return adjust;
}

void SendWindow::open(std::uint32_t window, std::uint32_t packet_max) {
  left_ = window;
  // Never more than every implementation must accept, whatever the peer offers.
  packet_max_ = std::min(packet_max, WindowLimits{}.packet_max);
}

std::uint32_t SendWindow::sendable() const { return std::min(left_, packet_max_); }

Result<> SendWindow::adjust(std::uint32_t n) {
  if (n > std::numeric_limits<std::uint32_t>::max() - left_) return errc::window_overflow;
  left_ += n;
  return {};
}

}  // namespace towline::ssh::connection
