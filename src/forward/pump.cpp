#include "forward/pump.hpp"

#include "async/deadline.hpp"
#include "async/wait.hpp"
#include "ssh/wire/error.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <span>
#include <sys/socket.h>
#include <utility>

namespace towline::forward {

namespace {

using Socket = net::Stream;
using observe::Steady;

// A connection that has sent this many full packets lets the others of its session have their turn.
constexpr int packets_per_turn = 8;
// A packet of this size is part of a bulk transfer; smaller ones are somebody's keystroke or request.
constexpr std::size_t bulk_min = 16 * 1024;
// An idle connection lives longer than its timeout by at most one part in so many.
constexpr int looks_per_timeout = 16;

error_code last_error() {
  if (errno == EAGAIN || errno == EINTR) return asio::error::would_block;
  return {errno, boost::system::system_category()};
}

// Writes what arrives straight into the socket.
class SocketTaker final : public ssh::Channel::Taker {
 public:
  SocketTaker(Socket& socket, observe::ForwardMetrics& metrics)
      : socket_(socket), metrics_(metrics), is_tcp_(net::is_tcp(socket)) {}

  // Within a turn of a bulk transfer the kernel is told that more comes: fewer, fuller segments wake the
  // reader less often. turn_ended() lets the last one go.
  Result<std::size_t> take(ssh::Bytes data) override {
    held_back_ = is_tcp_ && data.size() >= bulk_min;
    return write(data, held_back_ ? MSG_MORE : 0);
  }

  void turn_ended() override {
    if (!std::exchange(held_back_, false)) return;
    error_code ignored;  // a socket that is gone has nothing to let go
    socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
  }

  Result<std::size_t> write(ssh::Bytes data, int flags = 0) {
    const auto n =
        ::send(socket_.native_handle(), data.data(), data.size(), MSG_DONTWAIT | MSG_NOSIGNAL | flags);
    if (n < 0) {
      const auto ec = last_error();
      if (ec == asio::error::would_block) return std::size_t{0};
      failed_ = true;
      return ec;
    }
    taken_ += static_cast<std::uint64_t>(n);
    metrics_.bytes_received(static_cast<std::uint64_t>(n));
    return static_cast<std::size_t>(n);
  }

  std::uint64_t taken() const { return taken_; }
  bool failed() const { return failed_; }

 private:
  Socket& socket_;
  observe::ForwardMetrics& metrics_;
  bool is_tcp_;
  std::uint64_t taken_ = 0;
  bool held_back_ = false;
  bool failed_ = false;
};

struct Join {
  ssh::Channel& channel;
  Socket& socket;
  Scratch& scratch;
  observe::ForwardMetrics& metrics;
  SocketTaker taker;
  std::uint64_t sent = 0;
  bool eof_sent = false;
  bool eof_delivered = false;
  std::optional<PumpEnd> failure{};  // the first one

  std::uint64_t bytes() const { return sent + taker.taken(); }

  void end_of_socket() {
    channel.send_eof();
    eof_sent = true;
    if (eof_delivered) channel.close();
  }

  // An error in one direction ends both.
  void abort(PumpEnd why) {
    if (failure) return;
    failure = why;
    channel.close();
    error_code ignored;
    socket.cancel(ignored);
  }
};

// Looks at the counters, so that a byte costs nothing for it. Counts looks, not time: while we are stopped,
// the bytes of a connection wait for us.
Task<> watch_silence(Join& join, std::chrono::milliseconds timeout) {
  co_await asio::this_coro::throw_if_cancelled(false);
  const auto look_every = std::max(timeout / looks_per_timeout, std::chrono::milliseconds(1));
  auto before = join.bytes();
  for (int silent_looks = 0; silent_looks < looks_per_timeout;) {
    if (co_await sleep_until(Steady::now() + look_every)) co_return;
    const auto now = join.bytes();
    silent_looks = now == before ? silent_looks + 1 : 0;
    before = now;
  }
  join.abort(PumpEnd::idle);
}

// Why a wait was not fulfilled: the channel's own end, its session's, or ours.
PumpEnd why(const Join& join) {
  if (join.taker.failed()) return PumpEnd::socket_failed;
  const auto end = join.channel.end();
  if (!end) return PumpEnd::cancelled;
  return end->code == ssh::errc::channel_closed ? PumpEnd::channel_closed : PumpEnd::session_lost;
}

// Socket to channel until the socket has no more to say. The window is asked first: what could not be sent is
// not read.
Task<> copy_to_channel(Join& join) {
  co_await asio::this_coro::throw_if_cancelled(false);
  for (;;) {
    if (co_await wait(join.socket, Socket::wait_read)) co_return join.abort(why(join));
    for (int packets = 0; packets < packets_per_turn; ++packets) {
      auto room = join.channel.sendable();
      if (room == 0) {
        const auto waited = co_await join.channel.wait_sendable();
        if (!waited) co_return join.abort(why(join));
        room = *waited;
      }
      const auto piece = std::span(join.scratch).first(std::min(room, join.scratch.size()));
      const auto n = ::recv(join.socket.native_handle(), piece.data(), piece.size(), MSG_DONTWAIT);
      if (n == 0 && join.taker.failed()) co_return join.abort(PumpEnd::socket_failed);  // reset, and told so
      if (n == 0) co_return join.end_of_socket();
      if (n < 0 && last_error() == asio::error::would_block) break;
      if (n < 0) co_return join.abort(PumpEnd::socket_failed);
      join.channel.write(piece.first(static_cast<std::size_t>(n)));
      join.sent += static_cast<std::uint64_t>(n);
      join.metrics.bytes_sent(static_cast<std::uint64_t>(n));
      if (static_cast<std::size_t>(n) < piece.size()) break;
    }
  }
}

// Channel to socket: the taker has written what it could; this is for the rest, and for the end.
Task<> copy_to_socket(Join& join) {
  co_await asio::this_coro::throw_if_cancelled(false);
  for (;;) {
    auto unread = co_await join.channel.wait_unread();
    if (!unread) co_return join.abort(why(join));
    if (unread->empty()) {
      error_code ignored;  // a peer that is gone already needs no EOF
      join.socket.shutdown(Socket::shutdown_send, ignored);
      join.eof_delivered = true;
      if (join.eof_sent) co_return;
      co_await join.channel.wait_closed();
      // The server has closed, and takes no more of what the local side may still say.
      if (!join.eof_sent) join.abort(why(join));
      co_return;
    }
    const auto paused = Steady::now();
    const auto ec = co_await wait(join.socket, Socket::wait_write);
    join.metrics.backpressured(Steady::now() - paused);
    if (ec) co_return join.abort(why(join));
    unread = co_await join.channel.wait_unread();  // more may have arrived, and moved
    if (!unread) co_return join.abort(why(join));
    const auto taken = join.taker.write(*unread);
    if (!taken) co_return join.abort(PumpEnd::socket_failed);
    join.channel.consume(*taken);
  }
}

bool is_cut(PumpEnd end) {
  return end == PumpEnd::session_lost || end == PumpEnd::cancelled || end == PumpEnd::idle;
}

}  // namespace

Task<PumpResult> pump(ssh::Channel& channel, Socket& socket, Scratch& scratch,
                      observe::ForwardMetrics& metrics, std::chrono::milliseconds idle_timeout) {
  using namespace asio::experimental::awaitable_operators;
  Join join{channel, socket, scratch, metrics, SocketTaker(socket, metrics)};
  channel.give_to(&join.taker);
  if (co_await cancelled()) {
    join.abort(PumpEnd::cancelled);
  } else if (idle_timeout.count() == 0) {
    co_await (copy_to_channel(join) && copy_to_socket(join));
  } else {
    co_await ((copy_to_channel(join) && copy_to_socket(join)) || watch_silence(join, idle_timeout));
  }
  channel.give_to(nullptr);
  const auto end = join.failure.value_or(PumpEnd::finished);
  channel.close();
  // Whoever reads a connection that was cut must not take it for one that ended.
  error_code ignored;
  if (is_cut(end)) {
    net::reset(socket);
  } else {
    socket.close(ignored);
  }
  co_return PumpResult{end, join.sent, join.taker.taken()};
}

}  // namespace towline::forward
