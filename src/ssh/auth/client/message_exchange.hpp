// Messages of user authentication, sent and awaited one at a time.
#pragma once

#include "async/result.hpp"
#include "async/task.hpp"
#include "ssh/transport/client/client_transport.hpp"

#include <cstdint>
#include <deque>
#include <vector>

namespace towline::ssh {

// Takes the transport's messages while it lives, up to the one that says that the user is accepted. What
// comes after that waits in the transport for the next receiver.
class MessageExchange final : private ClientTransport::Receiver {
 public:
  explicit MessageExchange(ClientTransport& transport);
  ~MessageExchange() override;
  MessageExchange(const MessageExchange&) = delete;
  MessageExchange& operator=(const MessageExchange&) = delete;

  // Waits for the end of a key exchange that is under way. Bounded by the caller's deadline, as reply() is.
  Task<Result<>> send(Bytes message);
  // The next message; banners become the transport's words. Errors: peer_disconnected, peer_closed,
  // transport_failed.
  Task<Result<std::vector<std::uint8_t>>> reply();

 private:
  void on_message(Bytes message, std::uint32_t sequence) override;
  Task<Result<>> pump();
  Task<Result<>> flush();

  ClientTransport& transport_;
  std::deque<std::vector<std::uint8_t>> received_;
};

}  // namespace towline::ssh
