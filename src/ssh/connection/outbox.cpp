#include "ssh/connection/outbox.hpp"

#include <cstring>

namespace towline::ssh::connection {

Outbox::Message::Message(Outbox& outbox, MessageNumber number)
    : outbox_(outbox), start_(outbox.bytes_.size()) {
  outbox_.bytes_.resize(start_ + sizeof(std::uint32_t));
  u8(static_cast<std::uint8_t>(number));
}

Outbox::Message::~Message() {
  auto length = static_cast<std::uint32_t>(outbox_.bytes_.size() - start_ - sizeof(std::uint32_t));
  std::memcpy(outbox_.bytes_.data() + start_, &length, sizeof length);
}

Bytes Outbox::front() const {
  std::uint32_t length = 0;
  std::memcpy(&length, bytes_.data() + head_, sizeof length);
  return Bytes(bytes_).subspan(head_ + sizeof length, length);
}

void Outbox::pop() {
  head_ += sizeof(std::uint32_t) + front().size();
  if (head_ < bytes_.size()) return;
  bytes_.clear();
  head_ = 0;
}

}  // namespace towline::ssh::connection
