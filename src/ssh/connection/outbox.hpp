// The connection protocol's messages that wait to be sent.
#pragma once

#include "ssh/wire/message.hpp"
#include "ssh/wire/writer.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace towline::ssh::connection {

// In the order they were written. A message is one contiguous span.
class Outbox {
 public:
  // Appends to the message until it goes out of scope; one at a time.
  class Message : public FieldWriter<Message> {
   public:
    Message(Outbox& outbox, MessageNumber number);
    ~Message();
    Message(const Message&) = delete;
    Message& operator=(const Message&) = delete;

   private:
    friend FieldWriter;
    std::vector<std::uint8_t>& octets() { return outbox_.bytes_; }

    Outbox& outbox_;
    std::size_t start_;
  };

  Message message(MessageNumber number) { return Message(*this, number); }
  bool empty() const { return head_ == bytes_.size(); }
  std::size_t size() const { return bytes_.size() - head_; }
  Bytes front() const;  // valid until the next message() or pop()
  void pop();

 private:
  std::vector<std::uint8_t> bytes_;  // each message behind its length, as the machine writes it
  std::size_t head_ = 0;
};

}  // namespace towline::ssh::connection
