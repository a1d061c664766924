// Builds an SSH message or blob front to back (RFC 4251, 5); what may hold a secret is wiped.
#pragma once

#include "ssh/connection/message.hpp"
#include "ssh/secret_bytes.hpp"

#include <cstdint>
#include <string_view>
#include <utility>

namespace towline::ssh {

class MessageWriter {
 public:
  MessageWriter& u8(std::uint8_t value);
  MessageWriter& u32(std::uint32_t value);
  MessageWriter& boolean(bool value) { return u8(value ? 1 : 0); }
  MessageWriter& string(std::string_view value);
  MessageWriter& bytes(connection::Bytes value);  // a string, as octets
  MessageWriter& raw(connection::Bytes value);
  // A number that is not negative, from its octets, the highest first.
  MessageWriter& mpint(connection::Bytes magnitude);

  SecretBytes take() { return std::exchange(out_, {}); }

 private:
  SecretBytes out_;
};

}  // namespace towline::ssh
