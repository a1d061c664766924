// The binary form of SSH messages (RFC 4251, 5; RFC 4254, 9): numbers, a bounds-checked reader, the outgoing
// queue.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace towline::ssh::connection {

using Bytes = std::span<const std::uint8_t>;

// RFC 4254, 9, and the transport's UNIMPLEMENTED (RFC 4253, 12).
enum class MessageNumber : std::uint8_t {
  unimplemented = 3,
  global_request = 80,
  request_success = 81,
  request_failure = 82,
  channel_open = 90,
  channel_open_confirmation = 91,
  channel_open_failure = 92,
  channel_window_adjust = 93,
  channel_data = 94,
  channel_extended_data = 95,
  channel_eof = 96,
  channel_close = 97,
  channel_request = 98,
  channel_success = 99,
  channel_failure = 100,
};

// Reads one message front to back. The first read past the end makes ok() false for good, and every later
// read returns an empty value. Views point into the message.
class Reader {
 public:
  explicit Reader(Bytes message) : rest_(message) {}

  std::uint8_t u8();
  std::uint32_t u32();
  bool boolean() { return u8() != 0; }
  std::string_view string();
  Bytes bytes();  // a string, as octets
  Bytes rest() const { return rest_; }

  bool ok() const { return ok_; }
  bool complete() const { return ok_ && rest_.empty(); }

 private:
  Bytes take(std::size_t n);

  Bytes rest_;
  bool ok_ = true;
};

// Control messages waiting to be sent, in order. A message is one contiguous span.
class Outbox {
 public:
  // Appends to the message until it goes out of scope; one at a time.
  class Message {
   public:
    Message(Outbox& outbox, MessageNumber number);
    ~Message();
    Message(const Message&) = delete;
    Message& operator=(const Message&) = delete;

    Message& u8(std::uint8_t value);
    Message& u32(std::uint32_t value);
    Message& boolean(bool value) { return u8(value ? 1 : 0); }
    Message& string(std::string_view value);
    Message& raw(Bytes value);

   private:
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
