#include "ssh/message_writer.hpp"

#include <boost/endian/conversion.hpp>

namespace towline::ssh {

MessageWriter& MessageWriter::u8(std::uint8_t value) {
  out_.push_back(value);
  return *this;
}

MessageWriter& MessageWriter::u32(std::uint32_t value) {
  std::uint8_t big[4];
  boost::endian::store_big_u32(big, value);
  return raw(big);
}

MessageWriter& MessageWriter::string(std::string_view value) {
  return bytes({reinterpret_cast<const std::uint8_t*>(value.data()), value.size()});
}

MessageWriter& MessageWriter::bytes(connection::Bytes value) {
  return u32(static_cast<std::uint32_t>(value.size())).raw(value);
}

MessageWriter& MessageWriter::raw(connection::Bytes value) {
  out_.insert(out_.end(), value.begin(), value.end());
  return *this;
}

MessageWriter& MessageWriter::mpint(connection::Bytes magnitude) {
  while (!magnitude.empty() && magnitude.front() == 0) magnitude = magnitude.subspan(1);
  const bool looks_negative = !magnitude.empty() && (magnitude.front() & 0x80U) != 0;
  u32(static_cast<std::uint32_t>(magnitude.size() + (looks_negative ? 1 : 0)));
  if (looks_negative) u8(0);
  return raw(magnitude);
}

}  // namespace towline::ssh
