#include "ssh/connection/message.hpp"

#include <boost/endian/conversion.hpp>

#include <cstring>

namespace towline::ssh::connection {

Bytes Reader::take(std::size_t n) {
  if (!ok_ || n > rest_.size()) {
    ok_ = false;
    rest_ = {};
    return {};
  }
  auto taken = rest_.first(n);
  rest_ = rest_.subspan(n);
  return taken;
}

std::uint8_t Reader::u8() {
  auto taken = take(1);
  return taken.empty() ? std::uint8_t{0} : taken[0];
}

std::uint32_t Reader::u32() {
  auto taken = take(4);
  return taken.empty() ? 0 : boost::endian::load_big_u32(taken.data());
}

Bytes Reader::bytes() { return take(u32()); }

std::string_view Reader::string() {
  auto taken = bytes();
  return {reinterpret_cast<const char*>(taken.data()), taken.size()};
}

Outbox::Message::Message(Outbox& outbox, MessageNumber number)
    : outbox_(outbox), start_(outbox.bytes_.size()) {
  outbox_.bytes_.resize(start_ + sizeof(std::uint32_t));
  u8(static_cast<std::uint8_t>(number));
}

Outbox::Message::~Message() {
  auto length = static_cast<std::uint32_t>(outbox_.bytes_.size() - start_ - sizeof(std::uint32_t));
  std::memcpy(outbox_.bytes_.data() + start_, &length, sizeof length);
}

Outbox::Message& Outbox::Message::u8(std::uint8_t value) {
  outbox_.bytes_.push_back(value);
  return *this;
}

Outbox::Message& Outbox::Message::u32(std::uint32_t value) {
  std::uint8_t big[4];
  boost::endian::store_big_u32(big, value);
  return raw(big);
}

Outbox::Message& Outbox::Message::string(std::string_view value) {
  u32(static_cast<std::uint32_t>(value.size()));
  return raw({reinterpret_cast<const std::uint8_t*>(value.data()), value.size()});
}

Outbox::Message& Outbox::Message::raw(Bytes value) {
  outbox_.bytes_.insert(outbox_.bytes_.end(), value.begin(), value.end());
  return *this;
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
