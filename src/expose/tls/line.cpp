#include "expose/tls/line.hpp"

#include <algorithm>

namespace towline::expose::tls {

net::IoResult PlainLine::read_some(std::span<std::uint8_t> into) {
  if (read_ahead_.empty()) {
    const auto result = wire_.read_some(into);
    over_ = over_ || (result.error && !result.would_block());
    return result;
  }
  const auto n = std::min(into.size(), read_ahead_.size());
  std::copy_n(read_ahead_.begin(), n, into.begin());
  read_ahead_.erase(0, n);
  if (read_ahead_.empty()) read_ahead_ = {};
  return {n, {}};
}

Task<error_code> PlainLine::wait_readable() {
  if (read_ahead_.empty() && !over_) co_return co_await wire_.wait_readable();
  co_return error_code{};
}

void PlainLine::end_sending() {
  error_code gone;
  wire_.socket().shutdown(net::Stream::shutdown_send, gone);
}

}  // namespace towline::expose::tls
