// An SSH server in memory, past key exchange and without encryption: for tests of what runs above the
// transport. Before the first key exchange packets travel in the clear (RFC 4253, 6), and that is where its
// transports stay.
#pragma once

#include "async/event.hpp"
#include "net/wire.hpp"
#include "ssh/transport/client/client_transport.hpp"
#include "ssh/transport/client/library.hpp"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace towline::doubles {

// Use it on the io_context of its transport; it must outlive that.
class PlainServer {
 public:
  explicit PlainServer(const asio::any_io_executor& executor) : readable_(executor), writable_(executor) {}

  // The client's side.
  std::unique_ptr<ssh::ClientTransport> transport();
  // The same before anything was said: it may shake hands.
  std::unique_ptr<ssh::ClientTransport> new_transport();

  void says(std::span<const std::uint8_t> message);
  void says_raw(std::string_view bytes);
  void hangs_up();

  // The payloads of the packets that have arrived since the last time.
  std::vector<std::vector<std::uint8_t>> heard();
  // The bytes instead.
  std::string heard_raw() { return std::exchange(outbound_, {}); }
  // Forgets them, and keeps the room for as many.
  void hears_nothing() { outbound_.clear(); }

  // How many more bytes the server takes; without limit at first.
  void takes(std::size_t bytes);
  std::size_t unread() const { return outbound_.size(); }
  bool was_left() const { return left_; }
  // How often the client has read something from its wire, and written to it.
  std::size_t reads() const { return reads_; }
  std::size_t writes() const { return writes_; }

 private:
  class PlainWire;

  ssh::Library library_;
  std::string inbound_;   // to the client
  std::string outbound_;  // from it
  std::size_t room_ = std::numeric_limits<std::size_t>::max();
  std::size_t reads_ = 0;
  std::size_t writes_ = 0;
  bool hung_up_ = false;
  bool left_ = false;
  Event readable_;
  Event writable_;
};

}  // namespace towline::doubles
