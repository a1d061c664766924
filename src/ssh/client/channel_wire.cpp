#include "ssh/client/channel_wire.hpp"

#include <algorithm>
#include <utility>

namespace towline::ssh {

namespace {

// The end of a channel is for the next read or write to report; a waiter is only told of its own
// cancellation.
error_code of_wait(const Failure& failure) {
  return failure.code == asio::error::operation_aborted ? failure.code : error_code{};
}

}  // namespace

net::IoResult ChannelWire::read_some(std::span<std::uint8_t> into) {
  if (into.empty()) return {};
  const auto unread = channel_.unread();
  if (!unread) return {0, asio::error::would_block};
  if (!*unread) return {0, unread->error().code};
  const Bytes bytes = **unread;
  if (bytes.empty()) return {0, asio::error::eof};
  const auto n = std::min(bytes.size(), into.size());
  std::ranges::copy(bytes.first(n), into.begin());
  channel_.consume(n);
  return {n, {}};
}

net::IoResult ChannelWire::write_some(std::span<const std::uint8_t> from) {
  std::size_t written = 0;
  while (written < from.size()) {
    const auto n = std::min(channel_.sendable(), from.size() - written);
    if (n == 0) break;
    channel_.write(from.subspan(written, n));
    written += n;
  }
  if (written > 0 || from.empty()) return {written, {}};
  if (const auto end = channel_.end()) return {0, end->code};
  return {0, asio::error::would_block};
}

Task<error_code> ChannelWire::wait_readable() {
  const auto unread = co_await channel_.wait_unread();
  co_return unread ? error_code{} : of_wait(unread.error());
}

Task<error_code> ChannelWire::wait_writable() {
  const auto room = co_await channel_.wait_sendable();
  co_return room ? error_code{} : of_wait(room.error());
}

}  // namespace towline::ssh
