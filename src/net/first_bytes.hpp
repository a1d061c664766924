// Waiting for a socket by reading the first of what comes: Asio's wait for readiness is a system call each
// time (epoll_ctl), a read that is pending is none.
#pragma once

#include "async/wait.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace towline::net {

// Of one socket and one reader. What was read stays here until it is taken, whatever becomes of the wait.
template <std::size_t size>
class FirstBytes {
 public:
  // Returns when there is something to read, or the end. Errors: operation_aborted when cancelled, or the
  // socket's own, which it tells once.
  template <class Socket>
  Task<error_code> wait(Socket& socket) {
    const auto state = co_await asio::this_coro::cancellation_state;
    if (is_cancelled(state)) co_return asio::error::operation_aborted;
    if (begin_ < end_) co_return error_code{};
    const auto [ec, n] = co_await socket.async_receive(asio::buffer(bytes_), as_result);
    begin_ = 0;
    end_ = n;
    co_return ec == asio::error::eof ? error_code{} : ec;
  }

  // Moves what there is to `into`, as far as it goes, and returns how much that was.
  std::size_t take(std::span<std::uint8_t> into) {
    const auto n = std::min(into.size(), end_ - begin_);
    std::ranges::copy(std::span(bytes_).subspan(begin_, n), into.begin());
    begin_ += n;
    return n;
  }

  // The socket may have more than was read here.
  bool was_full() const { return end_ == size; }

 private:
  std::array<std::uint8_t, size> bytes_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

}  // namespace towline::net
