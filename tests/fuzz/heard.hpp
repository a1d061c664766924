// What a transport has passed on, and what it is to pass on.
#pragma once

#include "expect.hpp"
#include "ssh/transport/client/client_transport.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace towline::fuzz {

struct Heard final : ssh::ClientTransport::Receiver {
  void on_message(Bytes message, std::uint32_t) override { messages.emplace_back(text_of(message)); }

  std::vector<std::string> messages;
};

// RFC 4250, 4.1.2.
enum class MessageKind {
  passed_on,
  of_the_transport,  // to be ignored, for debugging, extensions
  ends_order,        // the end, or a key exchange
};

inline MessageKind kind_of(std::string_view message) {
  const auto number = static_cast<unsigned char>(message.front());
  if (number == 2 || number == 4 || number == 7) return MessageKind::of_the_transport;
  const bool ends_order = number == 1 || (number >= 20 && number <= 49);
  return ends_order ? MessageKind::ends_order : MessageKind::passed_on;
}

}  // namespace towline::fuzz
