#include "forward/socks_handshake.hpp"

#include "async/wait.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>

#include <array>
#include <cerrno>
#include <sys/socket.h>

namespace towline::forward::socks {

namespace {

// More than the longest request.
using Buffer = std::array<std::uint8_t, 1024>;

error_code last_error() {
  if (errno == EAGAIN || errno == EINTR) return asio::error::would_block;
  return {errno, boost::system::system_category()};
}

Result<std::size_t> receive(net::Stream& socket, std::span<std::uint8_t> into, int flags) {
  const auto n = ::recv(socket.native_handle(), into.data(), into.size(), MSG_DONTWAIT | flags);
  if (n < 0) return last_error();
  return static_cast<std::size_t>(n);
}

// One look at what is there. True: wait for more.
Result<bool> step(net::Stream& socket, Decoder& decoder) {
  Buffer buffer;
  const auto there = receive(socket, buffer, MSG_PEEK);
  if (!there && there.error().code == asio::error::would_block) return true;
  if (!there) return there.error();
  if (*there == 0) return errc::incomplete;
  const auto taken = decoder.feed(std::span(buffer).first(*there));
  const auto gone = receive(socket, std::span(buffer).first(taken), 0);
  if (!gone) return gone.error();
  const auto answer = decoder.take_answer();
  if (!answer.empty()) {
    if (const auto ec = send_reply(socket, answer)) return Failure(ec);
  }
  return !decoder.done();
}

Task<Result<Request>> negotiate(net::Stream& socket) {
  co_await asio::this_coro::throw_if_cancelled(false);
  for (Decoder decoder;;) {
    if (const auto ec = co_await wait(socket, net::Stream::wait_read)) co_return Failure(ec);
    const auto more = step(socket, decoder);
    if (!more) co_return more.error();
    if (decoder.request()) co_return *decoder.request();
    if (decoder.refusal()) co_return *decoder.refusal();
  }
}

Task<bool> read_to_end(net::Stream& socket) {
  co_await asio::this_coro::throw_if_cancelled(false);
  Buffer buffer;
  for (;;) {
    if (co_await wait(socket, net::Stream::wait_read)) co_return false;
    const auto n = receive(socket, buffer, 0);
    const bool more = n ? *n > 0 : n.error().code == asio::error::would_block;
    if (!more) co_return true;
  }
}

}  // namespace

Task<Result<Request>> read_request(net::Stream& socket, Deadline deadline) {
  co_await asio::this_coro::throw_if_cancelled(false);
  auto request = co_await before(deadline, negotiate(socket));
  if (!request) co_return errc::timed_out;
  co_return *request;
}

error_code send_reply(net::Stream& socket, std::string_view bytes) {
  const auto n = ::send(socket.native_handle(), bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  if (n < 0) return last_error();
  return static_cast<std::size_t>(n) == bytes.size() ? error_code{} : asio::error::no_buffer_space;
}

Task<> close_after_reply(net::Stream& socket, Deadline deadline) {
  const auto state = co_await asio::this_coro::cancellation_state;
  if (is_cancelled(state)) co_return net::reset(socket);
  error_code ignored;  // a client that is gone needs no goodbye
  socket.shutdown(net::Stream::shutdown_send, ignored);
  co_await before(deadline, read_to_end(socket));
  socket.close(ignored);
}

}  // namespace towline::forward::socks
