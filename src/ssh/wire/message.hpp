// The binary form of SSH messages (RFC 4251, 5; RFC 4254, 9): their numbers, and a reader that keeps to their
// bounds.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace towline::ssh {

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

}  // namespace towline::ssh
