#include "ssh/wire/message.hpp"

#include <boost/endian/conversion.hpp>

namespace towline::ssh {

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

}  // namespace towline::ssh
