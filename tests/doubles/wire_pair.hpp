// Two wires in memory that are each other's peer: for two transports that shake hands without a socket, or
// for one whose peer is the test.
#pragma once

#include "async/event.hpp"
#include "net/wire.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace towline::doubles {

// Use it on the io_context of its wires; it must outlive them.
class WirePair {
 public:
  explicit WirePair(const asio::any_io_executor& executor) : ends_{End(executor), End(executor)} {}

  // Of each side (0, 1), once.
  std::unique_ptr<net::Wire> wire(std::size_t side);

  // In the place of the peer of `side`.
  void give(std::size_t side, std::string_view bytes);
  std::string take(std::size_t side) { return std::exchange(ends_[1 - side].incoming, {}); }
  void hang_up(std::size_t side);

  bool was_left(std::size_t side) const { return ends_[side].left; }
  // What `side` has not read yet.
  std::size_t unread(std::size_t side) const { return ends_[side].incoming.size(); }

 private:
  class Side;
  struct End {
    explicit End(const asio::any_io_executor& executor) : readable(executor), writable(executor) {}

    std::string incoming{};  // on the way to this end
    bool hung_up = false;    // no more comes
    bool left = false;
    Event readable;
    Event writable;
  };

  End ends_[2];
};

}  // namespace towline::doubles
