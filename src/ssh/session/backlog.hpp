// Received bytes that wait for their reader. Pure.
#pragma once

#include "ssh/connection/event.hpp"

#include <cstddef>
#include <cstdint>
#include <list>
#include <vector>

namespace towline::ssh {

// What waits lies in pieces, so that it never costs much more than its bytes: nothing is copied to grow, and
// what was read is given back piece by piece. Without storage while empty.
class Backlog {
 public:
  // A channel's largest packet twice over: a bulk transfer's packets are seldom cut in two.
  static constexpr std::size_t piece_max = 64 * 1024;

  bool empty() const { return pieces_.empty(); }
  void append(Bytes data);
  // The first of it, which is all where there are no more than a piece's bytes. Valid until append() or
  // drop().
  Bytes front() const;
  void drop(std::size_t n);  // at most front().size()

 private:
  std::list<std::vector<std::uint8_t>> pieces_;
  std::size_t dropped_ = 0;  // of the first piece
};

}  // namespace towline::ssh
