#include "ssh/session/link.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <utility>

namespace towline::ssh {

namespace {

// Above this the local sockets are not read: four full packets, which leave with one system call.
constexpr std::size_t backlog_high_water = 4 * 32 * 1024;
// Answers that we owe a peer which does not read them; beyond it the session is not worth keeping. Those to
// every channel that a session has (Mux) are less than half of it.
constexpr std::size_t backlog_max = 4 * 1024 * 1024;
// As many as a session has channels (Mux): more than an honest peer leaves to a round trip.
constexpr std::size_t left_open_max = 16384;

}  // namespace

Link::Link(const asio::any_io_executor& executor, std::unique_ptr<Packets> packets,
           const connection::WindowLimits& windows, std::size_t channels_max)
    : packets_(std::move(packets)), mux_(windows, channels_max), output_(executor) {}

void Link::fail(Failure failure) {
  if (!failure_) failure_ = std::move(failure);
  output_.notify_all();
}

void Link::drain_outbox() {
  auto& outbox = mux_.outbox();
  while (!failure_ && !outbox.empty() && !packets_->in_key_exchange()) {
    if (auto written = packets_->write(outbox.front(), {}); !written) return fail(written.error());
    outbox.pop();
  }
  if (outbox.size() + packets_->backlog() > backlog_max) fail(errc::output_overflow);
  if (mux_.left_open() > left_open_max) fail(errc::channels_left_open);
}

void Link::commit() {
  drain_outbox();
  if (packets_->backlog() > 0) output_.notify_all();
}

bool Link::accepts_data() const {
  return !failure_ && packets_->backlog() < backlog_high_water && !packets_->in_key_exchange();
}

void Link::send_data(connection::ChannelId channel, std::uint32_t stream, Bytes data) {
  drain_outbox();
  const auto n = static_cast<std::uint32_t>(data.size());
  if (stream == 0) return write(mux_.data_header(channel, n), data);
  write(mux_.extended_data_header(channel, stream, n), data);
}

void Link::write(Bytes header, Bytes data) {
  if (auto written = packets_->write(header, data); !written) fail(written.error());
  if (packets_->backlog() > 0) output_.notify_all();
}

void Link::forget(const Event& waiter) { std::erase(waiting_, &waiter); }

void Link::wake_waiting() {
  if (!accepts_data()) return;
  for (auto* waiter : waiting_) waiter->notify_all();
  waiting_.clear();
}

void Link::flush() {
  drain_outbox();
  if (failure_) return;
  auto done = packets_->flush();
  if (!done) return fail(done.error());
  if (!*done) output_.notify_all();
  wake_waiting();
}

Task<Failure> Link::write_loop() {
  co_await asio::this_coro::throw_if_cancelled(false);
  for (;;) {
    flush();
    if (failure_) co_return *failure_;
    error_code ec;
    if (packets_->backlog() > 0) {
      ec = co_await packets_->wire().wait_writable();
    } else {
      ec = co_await output_.wait();
    }
    if (ec) co_return ec;
  }
}

}  // namespace towline::ssh
