// Two transports in memory that are each other's peer: for a connection and its peer without a socket, a key
// exchange or a library.
#pragma once

#include "async/event.hpp"
#include "ssh/transport/packets.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace towline::doubles {

// What lies between the two, and what may go wrong there. Use it on the io_context of its transports; it must
// outlive them.
class PacketsPair {
 public:
  explicit PacketsPair(const asio::any_io_executor& executor) : ends_{End(executor), End(executor)} {}

  // Of each, once.
  std::unique_ptr<ssh::Packets> client();
  std::unique_ptr<ssh::Packets> server();

  // How many bytes may be under way to the peer of `side` (0: client, 1: server).
  void narrow(std::size_t side, std::size_t bytes);
  // While it lasts nothing may be written on `side`.
  void begin_key_exchange(std::size_t side) { ends_[side].in_key_exchange = true; }
  void end_key_exchange(std::size_t side);
  // Nothing is written and not yet read.
  bool is_quiet() const;

 private:
  class Side;
  using Message = std::vector<std::uint8_t>;
  struct End {
    explicit End(const asio::any_io_executor& executor) : readable(executor), writable(executor) {}

    std::deque<Message> outgoing{};  // accepted by write()
    std::size_t backlog = 0;
    std::deque<Message> incoming{};  // on the wire, to this end
    std::size_t under_way = 0;
    std::size_t room = std::numeric_limits<std::size_t>::max();  // of under_way
    bool in_key_exchange = false;
    unsigned key_exchanges = 1;
    bool left = false;
    Event readable;
    Event writable;
  };

  End ends_[2];
};

}  // namespace towline::doubles
