#include "ssh/link.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <utility>

namespace towline::ssh {

namespace {

// Above this the local sockets are not read: two full packets, for the kernel has more to send already.
constexpr std::size_t backlog_high_water = 64 * 1024;
// Answers that we owe a peer which does not read them; beyond it the session is not worth keeping.
constexpr std::size_t backlog_max = 16 * 1024 * 1024;

}  // namespace

Link::Link(const asio::any_io_executor& executor, std::unique_ptr<Transport> transport)
    : transport_(std::move(transport)), output_(executor) {}

void Link::fail(Failure failure) {
  if (!failure_) failure_ = std::move(failure);
  output_.notify_all();
}

void Link::drain_outbox() {
  auto& outbox = mux_.outbox();
  while (!failure_ && !outbox.empty() && !transport_->in_key_exchange()) {
    if (auto written = transport_->write(outbox.front()); !written) return fail(written.error());
    outbox.pop();
  }
  if (outbox.size() + transport_->backlog() > backlog_max) fail(errc::output_overflow);
}

void Link::commit() {
  drain_outbox();
  if (transport_->backlog() > 0) output_.notify_all();
}

bool Link::accepts_data() const {
  return !failure_ && transport_->backlog() < backlog_high_water && !transport_->in_key_exchange();
}

void Link::send_data(connection::ChannelId channel, connection::Bytes data) {
  drain_outbox();
  const auto header = mux_.data_header(channel, static_cast<std::uint32_t>(data.size()));
  if (auto written = transport_->write(header, data); !written) fail(written.error());
  if (transport_->backlog() > 0) output_.notify_all();
}

void Link::forget(const Event& waiter) { std::erase(waiting_, &waiter); }

void Link::wake_waiting() {
  if (!accepts_data()) return;
  for (auto* waiter : std::exchange(waiting_, {})) waiter->notify_all();
}

void Link::flush() {
  drain_outbox();
  if (failure_) return;
  auto done = transport_->flush();
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
    if (transport_->backlog() > 0) {
      ec = co_await transport_->wire().wait_writable();
    } else {
      ec = co_await output_.wait();
    }
    if (ec) co_return ec;
  }
}

}  // namespace towline::ssh
