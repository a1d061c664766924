// Writes messages and blobs front to back (RFC 4251, 5): the counterpart of Reader.
#pragma once

#include "ssh/wire/message.hpp"
#include "text/secret_bytes.hpp"

#include <boost/endian/conversion.hpp>

#include <cstdint>
#include <string_view>
#include <utility>

namespace towline::ssh {

// What every writer can write; Self::octets() is where it goes.
template <class Self>
class FieldWriter {
 public:
  Self& u8(std::uint8_t value) {
    self().octets().push_back(value);
    return self();
  }
  Self& u32(std::uint32_t value) {
    std::uint8_t big[4];
    boost::endian::store_big_u32(big, value);
    return raw(big);
  }
  Self& boolean(bool value) { return u8(value ? 1 : 0); }
  Self& string(std::string_view value) {
    return bytes({reinterpret_cast<const std::uint8_t*>(value.data()), value.size()});
  }
  // A string, as octets.
  Self& bytes(Bytes value) { return u32(static_cast<std::uint32_t>(value.size())).raw(value); }
  Self& raw(Bytes value) {
    auto& octets = self().octets();
    octets.insert(octets.end(), value.begin(), value.end());
    return self();
  }
  // A number that is not negative, from its octets, the highest first.
  Self& mpint(Bytes magnitude) {
    while (!magnitude.empty() && magnitude.front() == 0) magnitude = magnitude.subspan(1);
    const bool looks_negative = !magnitude.empty() && (magnitude.front() & 0x80U) != 0;
    u32(static_cast<std::uint32_t>(magnitude.size() + (looks_negative ? 1 : 0)));
    if (looks_negative) u8(0);
    return raw(magnitude);
  }

 private:
  friend Self;
  FieldWriter() = default;

  Self& self() { return static_cast<Self&>(*this); }
};

// One message or blob by itself; what may hold a secret is wiped.
class MessageWriter : public FieldWriter<MessageWriter> {
 public:
  text::SecretBytes take() { return std::exchange(octets_, {}); }

 private:
  friend FieldWriter;
  text::SecretBytes& octets() { return octets_; }

  text::SecretBytes octets_;
};

}  // namespace towline::ssh
