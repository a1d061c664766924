// The sending side of a session: the connection protocol's messages and channel data on their way to the
// transport.
#pragma once

#include "async/event.hpp"
#include "async/result.hpp"
#include "async/task.hpp"
#include "ssh/connection/mux.hpp"
#include "ssh/transport/packets.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <vector>

namespace towline::ssh {

// Keeps order (a channel's messages behind its data) and the bound: channel data is taken only while the
// transport has less than the high-water mark to send and no key exchange runs. Not thread-safe; use on the
// session's io_context.
class Link {
 public:
  Link(const asio::any_io_executor& executor, std::unique_ptr<Packets> packets,
       const connection::WindowLimits& windows, std::size_t channels_max);

  connection::Mux& mux() { return mux_; }
  Packets& packets() { return *packets_; }

  // Hands what the mux has to say to the transport. Call after each use of the mux.
  void commit();

  bool accepts_data() const;
  // At most mux().sendable(channel), while accepts_data(); `stream` is 0 or a type of extended data.
  void send_data(connection::ChannelId channel, std::uint32_t stream, Bytes data);

  // `waiter` is notified once, in the order of the calls, when data may be accepted again.
  void notify_when_accepting(Event& waiter) { waiting_.push_back(&waiter); }
  void forget(const Event& waiter);

  // Sends at once what the wire takes.
  void flush();
  // Why nothing more can be sent, once that is so: the transport's failure or output_overflow.
  const std::optional<Failure>& failure() const { return failure_; }
  // Sends whatever is committed, as the wire takes it; ends with the transport's failure or when cancelled.
  Task<Failure> write_loop();

 private:
  void drain_outbox();
  void write(Bytes header, Bytes data);
  void fail(Failure failure);
  void wake_waiting();

  std::unique_ptr<Packets> packets_;
  connection::Mux mux_;
  Event output_;  // something was committed, or failed
  std::vector<Event*> waiting_;
  std::optional<Failure> failure_;
};

}  // namespace towline::ssh
