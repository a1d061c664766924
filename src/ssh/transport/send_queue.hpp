// Encrypted bytes that wait for the wire. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace towline::ssh {

class SendQueue {
 public:
  void append(std::span<const std::uint8_t> bytes) {
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
  }

  std::span<const std::uint8_t> waiting() const { return std::span(bytes_).subspan(sent_); }
  std::size_t size() const { return bytes_.size() - sent_; }

  // The first `n` <= size() have gone. A queue that never runs empty must not keep them: the place is given
  // back once it is half of all, so that no byte is moved twice on average.
  void sent(std::size_t n) {
    sent_ += n;
    if (sent_ < bytes_.size() / 2 + 1) return;
    bytes_.erase(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(sent_));
    sent_ = 0;
  }

  std::size_t held() const { return bytes_.size(); }

 private:
  std::vector<std::uint8_t> bytes_;
  std::size_t sent_ = 0;
};

}  // namespace towline::ssh
