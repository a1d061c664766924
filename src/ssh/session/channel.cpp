#include "ssh/session/channel.hpp"

#include "ssh/session/channel_state.hpp"

#include <boost/asio/error.hpp>

#include <algorithm>
#include <chrono>
#include <utility>

namespace towline::ssh {

using Phase = ChannelState::Phase;
using std::chrono::steady_clock;

namespace {

// More than a peer that reads takes to say so.
constexpr std::chrono::milliseconds held_back_max{250};

}  // namespace

ChannelState::ChannelState(const asio::any_io_executor& executor, Link& l, ChannelTable& t, Phase p,
                           connection::ChannelId i)
    : link(l), table(t), id(i), phase(p), readable(executor), sendable(executor) {
  if (table.size() <= id) table.resize(id + 1);
  table[id] = this;
}

ChannelState::~ChannelState() {
  link.forget(sendable);
  leave();
}

void ChannelState::leave() {
  if (phase == Phase::closed) return;
  switch (phase) {
    case Phase::opening: link.mux().abandon(id); break;
    case Phase::offered: link.mux().refuse(id, errc::open_connect_failed, ""); break;
    default: link.mux().close(id); break;
  }
  if (id < table.size()) table[id] = nullptr;  // else its session ends just now
  link.commit();
  over(errc::channel_closed);
}

void ChannelState::on_closed(Failure why) {
  if (phase == Phase::closed) return;
  over(std::move(why));
  if (sink) sink->on_closed(end);
}

void ChannelState::over(Failure why) {
  phase = Phase::closed;
  arrived.clear();
  end = std::move(why);
  readable.notify_all();
  sendable.notify_all();
}

void ChannelState::on_data(Bytes data) {
  if (sink) return link.mux().consumed(id, sink->on_data(0, data));
  if (taker && unread.empty()) {
    arrived.push_back(data);
    if (arrived.size() == Channel::Taker::pieces_max) hand_over();
    return;
  }
  unread.append(data);
  readable.notify_all();
}

void ChannelState::hand_over() {
  if (arrived.empty()) return;
  const auto taken = taker ? taker->take(arrived) : std::size_t{0};
  if (!taken) {
    leave();
    end = taken.error();
    return;
  }
  link.mux().consumed(id, *taken);
  auto left = *taken;
  for (const auto piece : arrived) {
    const auto done = std::min(left, piece.size());
    left -= done;
    if (done < piece.size()) unread.append(piece.subspan(done));
  }
  arrived.clear();
  if (!unread.empty()) readable.notify_all();
}

// What nobody hears must not close the window.
void ChannelState::on_extended(std::uint32_t type, Bytes data) {
  if (sink) return link.mux().consumed(id, sink->on_data(type, data));
  if (!asked || type != connection::stderr_type) return link.mux().consumed(id, data.size());
  unread_stderr.append(data);
  readable.notify_all();
}

void ChannelState::on_eof() {
  eof = true;
  readable.notify_all();
  if (sink) sink->on_eof();
}

// A question to the connection, on whatever channel there is (OpenSSH's sshd): the answer must not wait until
// somebody at the far end of the channel reads.
void ChannelState::on_request(const connection::ChannelRequest& request) {
  if (asked && request.type != "keepalive@openssh.com")
    return asked->on_request(request.type, request.payload, request.id);
  if (request.id) link.mux().answer(id, *request.id, false);
}

void ChannelState::give_back(std::size_t n) {
  if (phase != Phase::open) return;
  link.mux().consumed(id, n);
  link.commit();
}

void ChannelState::tell(Channel::Asked* who) {
  const bool is_over = phase == Phase::closed;
  asked = who;
  sink = who ? who->sink() : nullptr;
  if (!sink) return;
  for (const std::uint32_t stream : {0U, connection::stderr_type}) {
    auto& kept = stream == 0 ? unread : unread_stderr;
    while (!kept.empty()) {
      const auto piece = kept.front();
      give_back(sink->on_data(stream, piece));
      kept.drop(piece.size());
    }
  }
  if (is_over) return sink->on_closed(end);
  if (eof) sink->on_eof();
}

namespace {

// What arrived before the end is still delivered.
std::optional<Result<Bytes>> first_of(const Backlog& backlog, const ChannelState& state) {
  if (!backlog.empty()) return backlog.front();
  if (state.eof) return Bytes{};
  if (state.phase == Phase::closed) return Result<Bytes>(state.end);
  return std::nullopt;
}

Task<Result<Bytes>> wait_first_of(const Backlog& backlog, ChannelState& state) {
  for (;;) {
    if (auto now = first_of(backlog, state)) co_return *std::move(now);
    if (auto ec = co_await state.readable.wait()) co_return ec;
  }
}

}  // namespace

Channel::Channel(std::unique_ptr<ChannelState> state) : state_(std::move(state)) {}
Channel::Channel(Channel&&) noexcept = default;
Channel& Channel::operator=(Channel&&) noexcept = default;
Channel::~Channel() = default;

void Channel::accept() {
  if (state_->phase != Phase::offered) return;
  state_->link.mux().accept(state_->id);
  state_->phase = Phase::open;
  state_->link.commit();
}

void Channel::refuse(errc reason, std::string_view text) {
  refuse(connection::open_failure_code(reason), text);
}

void Channel::refuse(std::uint32_t code, std::string_view text) {
  if (state_->phase != Phase::offered) return;
  state_->link.mux().refuse(state_->id, code, text);
  state_->table[state_->id] = nullptr;
  state_->link.commit();
  state_->over(errc::channel_closed);
}

std::size_t Channel::sendable() const {
  if (state_->phase != Phase::open || !state_->link.accepts_data()) return 0;
  return state_->link.mux().sendable(state_->id);
}

Task<Result<std::size_t>> Channel::wait_for_room(bool for_data) {
  auto& state = *state_;
  for (;;) {
    if (state.phase == Phase::closed) co_return state.end;
    if (const auto n = for_data ? sendable() : std::size_t{accepts_request()}; n > 0) co_return n;
    if (!state.link.accepts_data()) state.link.notify_when_accepting(state.sendable);
    error_code ec;
    if (for_data && state.link.mux().held_back(state.id)) {
      ec = co_await state.sendable.wait_until(steady_clock::now() + held_back_max);
    } else {
      ec = co_await state.sendable.wait();
    }
    state.link.forget(state.sendable);
    if (ec == asio::error::timed_out) {
      state.link.mux().lift(state.id);
    } else if (ec) {
      co_return ec;
    }
  }
}

void Channel::write(Bytes data, std::uint32_t stream) {
  if (state_->phase == Phase::open) state_->link.send_data(state_->id, stream, data);
}

void Channel::send_eof() {
  if (state_->phase != Phase::open) return;
  state_->link.mux().send_eof(state_->id);
  state_->link.commit();
}

void Channel::give_to(Taker* taker) { state_->taker = taker; }

std::optional<Result<Bytes>> Channel::unread() const { return first_of(state_->unread, *state_); }
Task<Result<Bytes>> Channel::wait_unread() { return wait_first_of(state_->unread, *state_); }
void Channel::consume(std::size_t n) {
  state_->unread.drop(n);
  consumed(n);
}

std::optional<Result<Bytes>> Channel::unread_stderr() const {
  return first_of(state_->unread_stderr, *state_);
}
Task<Result<Bytes>> Channel::wait_unread_stderr() { return wait_first_of(state_->unread_stderr, *state_); }
void Channel::consume_stderr(std::size_t n) {
  state_->unread_stderr.drop(n);
  consumed(n);
}
void Channel::consumed(std::size_t n) { state_->give_back(n); }

void Channel::tell(Asked* asked) { state_->tell(asked); }

void Channel::request(std::string_view type, bool want_reply, Bytes payload) {
  if (state_->phase != Phase::open) return;
  state_->link.mux().request(state_->id, type, want_reply, payload);
  state_->link.commit();
}

bool Channel::accepts_request() const { return state_->phase == Phase::open && state_->link.accepts_data(); }

void Channel::answer(connection::RequestId id, bool success) {
  if (state_->phase != Phase::open) return;
  state_->link.mux().answer(state_->id, id, success);
  state_->link.commit();
}

void Channel::close() { state_->leave(); }

std::optional<Failure> Channel::end() const {
  if (state_->phase != Phase::closed) return std::nullopt;
  return state_->end;
}

Task<error_code> Channel::wait_closed() {
  while (state_->phase != Phase::closed) {
    if (auto ec = co_await state_->readable.wait()) co_return ec;
  }
  co_return error_code{};
}

}  // namespace towline::ssh
