#include "net/tcp_wire.hpp"

#include "async/wait.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <utility>

namespace towline::net {

namespace {

using asio::ip::tcp;

// How much of what is not under way yet the kernel may hold. Its default is megabytes, behind which a
// keystroke on a slow path waits for seconds; this keeps a fast one busy between two turns of the loop.
constexpr int unsent_max = 128 * 1024;

// tcpi_min_rtt in the tcp_info of linux/tcp.h; glibc's ends before it.
constexpr std::size_t least_rtt_at = 148;

IoResult result_of(ssize_t moved) {
  if (moved >= 0) return {static_cast<std::size_t>(moved), {}};
  return {0, error_code(errno, boost::system::system_category())};
}

}  // namespace

TcpWire::TcpWire(Stream socket) : socket_(std::move(socket)) {
  error_code ignored;  // fails on a connection that is already dead; the first read says so
  socket_.set_option(tcp::no_delay(true), ignored);
  ::setsockopt(socket_.native_handle(), IPPROTO_TCP, TCP_NOTSENT_LOWAT, &unsent_max, sizeof unsent_max);
}

IoResult TcpWire::read_some(std::span<std::uint8_t> into) {
  if (into.empty()) return {};
  const auto first = first_.take(into);
  into = into.subspan(first);
  if (first > 0 && (into.empty() || !first_.was_full())) return {first, {}};
  const int fd = socket_.native_handle();
  ssize_t received = 0;
  do received = ::recv(fd, into.data(), into.size(), MSG_DONTWAIT);
  while (received < 0 && errno == EINTR);
  IoResult result = told(received == 0 ? IoResult{0, asio::error::eof} : result_of(received));
  if (first > 0) result = {first + result.bytes, {}};
  return result;
}

IoResult TcpWire::write_some(std::span<const std::uint8_t> from) {
  if (from.empty()) return {};
  ssize_t sent = 0;
  do sent = ::send(socket_.native_handle(), from.data(), from.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  while (sent < 0 && errno == EINTR);
  return told(result_of(sent));
}

// The kernel tells an error once, to whoever comes first; from then on it is EPIPE for the writer, and a
// clean end for the reader.
IoResult TcpWire::told(IoResult result) {
  if (!result.error || result.would_block()) return result;
  const bool says_nothing = result.eof() || result.error == asio::error::broken_pipe;
  if (!failed_ && !says_nothing) failed_ = result.error;
  if (failed_) result.error = failed_;
  return result;
}

// OpenSSH's server leaves Nagle on for sessions without a shell: it holds a small packet back until the one
// before is acknowledged, and the kernel delays that up to 40 ms unless told otherwise again and again.
Task<error_code> TcpWire::wait_readable() {
  const int on = 1;
  if (std::exchange(acknowledge_due_, false))
    ::setsockopt(socket_.native_handle(), IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on);
  const auto ec = co_await first_.wait(socket_);
  if (ec == asio::error::operation_aborted || ec == asio::error::bad_descriptor) co_return ec;
  if (ec) told({0, ec});  // read_some() says so
  acknowledge_due_ = true;
  co_return error_code{};
}

Task<error_code> TcpWire::wait_writable() { return wait(socket_, Stream::wait_write); }

std::chrono::steady_clock::duration TcpWire::round_trip() const {
  std::array<std::uint8_t, 256> info{};
  socklen_t size = info.size();
  const int fd = const_cast<Stream&>(socket_).native_handle();
  if (::getsockopt(fd, IPPROTO_TCP, TCP_INFO, info.data(), &size) != 0) return {};
  std::uint32_t microseconds = 0;
  if (size < least_rtt_at + sizeof microseconds) return {};
  std::memcpy(&microseconds, &info[least_rtt_at], sizeof microseconds);
  return std::chrono::microseconds(microseconds);
}

void TcpWire::close() {
  error_code ignored;
  socket_.close(ignored);
}

void TcpWire::abort() {
  error_code ignored;
  if (socket_.is_open()) socket_.set_option(Stream::linger(true, 0), ignored);
  close();
}

error_code TcpWire::set_user_timeout(std::chrono::milliseconds timeout) {
  const auto value = static_cast<unsigned int>(timeout.count());
  const int rc = ::setsockopt(socket_.native_handle(), IPPROTO_TCP, TCP_USER_TIMEOUT, &value, sizeof value);
  return rc == 0 ? error_code{} : error_code(errno, boost::system::system_category());
}

}  // namespace towline::net
