#include "forward/socks_handshake.hpp"

#include "async/wait.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>

#include <array>
#include <cerrno>
#include <span>
#include <string>
#include <sys/socket.h>
#include <utility>

namespace towline::forward::socks {

namespace {

// More than the longest request.
using Buffer = std::array<char, 1024>;

error_code last_error() {
  if (errno == EAGAIN || errno == EINTR) return asio::error::would_block;
  return {errno, boost::system::system_category()};
}

Result<std::string_view> receive(net::Stream& socket, std::span<char> into, int flags) {
  const auto n = ::recv(socket.native_handle(), into.data(), into.size(), MSG_DONTWAIT | flags);
  if (n < 0) return last_error();
  return std::string_view(into.data(), static_cast<std::size_t>(n));
}

// One look at what is there; `said` and `heard` are of all the client has said so far.
Result<> hear(net::Stream& socket, std::string& said, Heard& heard) {
  Buffer buffer;
  const auto there = receive(socket, buffer, MSG_PEEK);
  if (!there && there.error().code == asio::error::would_block) return {};
  if (!there) return there.error();
  if (there->empty()) return errc::incomplete;
  auto more = parse(said.append(*there));
  said.resize(more.taken);
  const auto gone = receive(socket, std::span(buffer).first(more.taken - heard.taken), 0);
  if (!gone) return gone.error();
  std::swap(heard, more);
  const auto answer = std::string_view(heard.answer).substr(more.answer.size());
  if (!answer.empty()) {
    if (const auto ec = send_reply(socket, answer)) return ec;
  }
  return {};
}

Task<Result<Request>> negotiate(net::Stream& socket) {
  co_await asio::this_coro::throw_if_cancelled(false);
  std::string said;
  Heard heard;
  while (!heard.over()) {
    if (const auto ec = co_await wait(socket, net::Stream::wait_read)) co_return Failure(ec);
    if (const auto read = hear(socket, said, heard); !read) co_return read.error();
  }
  if (heard.refusal) co_return *heard.refusal;
  co_return *std::move(heard.request);
}

Task<bool> read_to_end(net::Stream& socket) {
  co_await asio::this_coro::throw_if_cancelled(false);
  Buffer buffer;
  for (;;) {
    if (co_await wait(socket, net::Stream::wait_read)) co_return false;
    const auto n = receive(socket, buffer, 0);
    const bool more = n ? !n->empty() : n.error().code == asio::error::would_block;
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
