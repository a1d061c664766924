#include "forward/pump.hpp"

#include "async/deadline.hpp"
#include "async/event.hpp"
#include "async/wait.hpp"
#include "async/yield_turn.hpp"
#include "net/first_bytes.hpp"
#include "ssh/wire/error.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <span>
#include <sys/socket.h>
#include <sys/uio.h>
#include <utility>

namespace towline::forward {

namespace {

using Socket = net::Stream;
using observe::Steady;

// A connection that has sent this many full packets lets the others of its session have their turn.
constexpr int packets_per_turn = 8;
// What a connection is given to be read while nothing of it is: a keystroke, a small request.
constexpr std::size_t first_size = 256;
// An idle connection lives longer than its timeout by at most one part in so many.
constexpr int looks_per_timeout = 16;

error_code last_error() {
  if (errno == EAGAIN || errno == EINTR) return asio::error::would_block;
  return {errno, boost::system::system_category()};
}

// Writes what arrives straight into the socket, a turn's packets with one call.
class SocketTaker final : public ssh::Channel::Taker {
 public:
  SocketTaker(Socket& socket, observe::ForwardMetrics& metrics) : socket_(socket), metrics_(metrics) {}

  Result<std::size_t> take(std::span<const ssh::Bytes> pieces) override {
    std::array<iovec, pieces_max> parts;
    std::ranges::transform(pieces, parts.begin(), [](ssh::Bytes piece) {
      return iovec{const_cast<std::uint8_t*>(piece.data()), piece.size()};
    });
    msghdr message{};
    message.msg_iov = parts.data();
    message.msg_iovlen = pieces.size();
    const auto n = ::sendmsg(socket_.native_handle(), &message, MSG_DONTWAIT | MSG_NOSIGNAL);
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
  std::uint64_t taken_ = 0;
  bool failed_ = false;
};

// A pause looks up this often: who is gone is not waited for.
constexpr std::chrono::seconds look_up_every{1};

struct Join {
  Join(const asio::any_io_executor& executor, ssh::Channel& c, Socket& s, Scratch& bytes,
       observe::ForwardMetrics& m, Pace* p)
      : channel(c),
        socket(s),
        scratch(bytes),
        metrics(m),
        taker(s, m),
        pace(p),
        aborted{Event(executor), Event(executor)} {}

  ssh::Channel& channel;
  Socket& socket;
  Scratch& scratch;
  observe::ForwardMetrics& metrics;
  SocketTaker taker;
  Pace* pace;
  std::array<Event, 2> aborted;  // told to a pause, one for each direction
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
    for (auto& event : aborted) event.notify_all();
  }

  bool is_over() const { return failure || channel.end(); }
};

// After bytes in a direction, which go on then.
Task<> keep_pace(Join& join, std::size_t direction, Pace::Duration pause) {
  const auto until = Steady::now() + pause;
  while (!join.is_over() && Steady::now() < until && !co_await cancelled())
    co_await join.aborted.at(direction).wait_until(std::min(until, Steady::now() + look_up_every));
}

// Looks at the counters, so that a byte costs nothing for it. Counts looks, not time: while we are stopped,
// the bytes of a connection wait for us.
Task<> watch_silence(Join& join, std::chrono::milliseconds timeout) {
  co_await asio::this_coro::throw_if_cancelled(false);
  const auto look_every =
      std::max<Steady::duration>(Steady::duration(timeout) / looks_per_timeout, std::chrono::milliseconds(1));
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

// As recv(2). The system tells an error once, so it goes before the bytes that came ahead of it.
ssize_t read(Socket& socket, net::FirstBytes<first_size>& first, std::span<std::uint8_t> into) {
  const auto n = first.take(into);
  into = into.subspan(n);
  if (n > 0 && (into.empty() || !first.was_full())) return static_cast<ssize_t>(n);
  const auto more = ::recv(socket.native_handle(), into.data(), into.size(), MSG_DONTWAIT);
  if (more < 0 && (n == 0 || last_error() != asio::error::would_block)) return more;
  return static_cast<ssize_t>(n) + std::max<ssize_t>(more, 0);
}

// Socket to channel until the socket has no more to say. The window is asked first: what could not be sent is
// not read.
Task<> copy_to_channel(Join& join) {
  co_await asio::this_coro::throw_if_cancelled(false);
  net::FirstBytes<first_size> first;
  for (bool is_empty = true;;) {
    auto waiting = is_empty ? first.wait(join.socket) : yield_turn();
    const auto ec = co_await std::move(waiting);
    if (ec) co_return join.abort(ec == asio::error::operation_aborted ? why(join) : PumpEnd::socket_failed);
    is_empty = false;
    for (int packets = 0; packets < packets_per_turn && !is_empty; ++packets) {
      auto room = join.channel.sendable();
      if (room == 0) {
        const auto waited = co_await join.channel.wait_sendable();
        if (!waited) co_return join.abort(why(join));
        room = *waited;
      }
      const auto piece = std::span(join.scratch).first(std::min(room, join.scratch.size()));
      const auto n = read(join.socket, first, piece);
      if (n == 0 && join.taker.failed()) co_return join.abort(PumpEnd::socket_failed);  // reset, and told so
      if (n == 0) co_return join.end_of_socket();
      is_empty = n < 0 && last_error() == asio::error::would_block;
      if (is_empty) break;
      if (n < 0) co_return join.abort(PumpEnd::socket_failed);
      join.channel.write(piece.first(static_cast<std::size_t>(n)));
      join.sent += static_cast<std::uint64_t>(n);
      join.metrics.bytes_sent(static_cast<std::uint64_t>(n));
      is_empty = static_cast<std::size_t>(n) < piece.size();
      if (join.pace) co_await keep_pace(join, 0, join.pace->sent(static_cast<std::uint64_t>(n)));
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
    const auto taken = join.taker.take({&*unread, 1});
    if (!taken) co_return join.abort(PumpEnd::socket_failed);
    join.channel.consume(*taken);
    if (join.pace) co_await keep_pace(join, 1, join.pace->received(*taken));
  }
}

bool is_cut(PumpEnd end) {
  return end == PumpEnd::session_lost || end == PumpEnd::cancelled || end == PumpEnd::idle;
}

}  // namespace

Task<PumpResult> pump(ssh::Channel& channel, Socket& socket, Scratch& scratch,
                      observe::ForwardMetrics& metrics, std::chrono::milliseconds idle_timeout, Pace* pace) {
  using namespace asio::experimental::awaitable_operators;
  Join join(co_await asio::this_coro::executor, channel, socket, scratch, metrics, pace);
  if (!pace) channel.give_to(&join.taker);  // else all of it waits for its time
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
