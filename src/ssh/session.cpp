#include "ssh/session.hpp"

#include "async/wait.hpp"
#include "async/yield_turn.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/this_coro.hpp>

#include <utility>
#include <variant>

namespace towline::ssh {

using std::chrono::steady_clock;

namespace {

// How often the kernel is asked for the round-trip time: it is smoothed, and a system call.
constexpr std::chrono::seconds path_interval{1};

}  // namespace

Session::Session(const asio::any_io_executor& executor, std::unique_ptr<Transport> transport,
                 const KeepaliveOptions& keepalive, SessionObserver& observer)
    : executor_(executor),
      link_(executor, std::move(transport)),
      keepalive_options_(keepalive),
      observer_(observer),
      last_channel_closed_(executor),
      closed_(executor) {
  link_.transport().deliver_to(this);
}

Session::~Session() { link_.transport().deliver_to(nullptr); }

Task<Failure> Session::run() {
  using namespace asio::experimental::awaitable_operators;
  observer_.on_received(transport().last_received());  // a server may have nothing more to say for hours
  auto ended = co_await (read_loop() || link_.write_loop() || watch_loop() || until_closed());
  const auto why = std::visit([](const Failure& failure) { return failure; }, ended);
  end(why);
  co_return why;
}

// The read that follows a key exchange or a full wire sends what had to wait.
Task<Failure> Session::read_loop() {
  co_await asio::this_coro::throw_if_cancelled(false);
  auto& transport = link_.transport();
  for (;;) {
    look_at_path();
    const auto before = transport.bytes_received();
    const auto more = transport.read();
    end_turn();
    if (transport.bytes_received() != before) observer_.on_received(transport.last_received());
    if (violation_) co_return *violation_;
    if (!more) co_return more.error();
    if (auto& words = *transport.words(); !words.empty()) observer_.on_words(words.take());
    link_.flush();
    // The writer waits for a wire that may never take anything again.
    if (const auto& failure = link_.failure()) co_return *failure;
    error_code ec;
    if (*more) {
      ec = co_await yield_turn();
    } else {
      ec = co_await transport.wire().wait_readable();
    }
    if (ec) co_return ec;
  }
}

void Session::look_at_path() {
  path_.now = steady_clock::now();
  if (path_.now >= path_due_) {
    path_.round_trip = link_.transport().wire().round_trip();
    path_due_ = path_.now + path_interval;
  }
  link_.mux().set_path(path_);
}

void Session::end_turn() {
  for (auto* channel : in_turn_) {
    channel->in_turn = false;
    if (channel->taker) channel->taker->turn_ended();
  }
  in_turn_.clear();
}

Task<Failure> Session::watch_loop() {
  co_await asio::this_coro::throw_if_cancelled(false);
  connection::Keepalive keepalive(keepalive_options_);
  asio::steady_timer timer(executor_);
  for (;;) {
    const auto now = steady_clock::now();
    const auto step = keepalive.step(now, link_.transport().last_received());
    if (step.missed) observer_.on_keepalive_missed();
    if (step.dead) co_return errc::keepalive_timeout;
    if (step.send) check();
    timer.expires_at(step.next);
    if (const auto ec = co_await wait(timer)) co_return ec;
  }
}

void Session::check() {
  keepalive_sent_ = steady_clock::now();
  link_.mux().keepalive();
  link_.commit();
  observer_.on_keepalive_sent();
}

Task<Failure> Session::until_closed() {
  co_await asio::this_coro::throw_if_cancelled(false);
  while (!closing_) {
    if (auto ec = co_await closed_.wait()) co_return ec;
  }
  co_return errc::session_closed;
}

Task<> Session::wait_channels_closed(Deadline deadline) {
  while (!end_ && channels() > 0) {
    if (co_await last_channel_closed_.wait_until(deadline)) co_return;
  }
}

Task<> Session::close(Deadline deadline) {
  auto& transport = link_.transport();
  transport.disconnect("towline is leaving");
  link_.commit();
  Event pause(executor_);
  while (!end_ && transport.backlog() > 0 && steady_clock::now() < deadline) {
    link_.notify_when_accepting(pause);
    const auto ec = co_await pause.wait_until(deadline);
    link_.forget(pause);
    if (ec) break;
  }
  closing_ = true;
  closed_.notify_all();
}

void Session::end(const Failure& why) {
  end_ = why;
  last_channel_closed_.notify_all();
  for (auto* channel : std::exchange(channels_, {})) {
    if (channel) channel->on_closed(why);
  }
  for (auto& [id, listen] : std::exchange(listens_, {})) listen->on_end(why);
}

ChannelState* Session::find(connection::ChannelId id) {
  return id < channels_.size() ? channels_[id] : nullptr;
}

void Session::on_message(connection::Bytes message, std::uint32_t sequence) {
  if (violation_) return;
  auto event = link_.mux().on_message(message, sequence);
  if (!event) {
    violation_ = event.error();
    if (!message.empty()) violation_->detail = "message " + std::to_string(message[0]);
    return;
  }
  std::visit([this](const auto& e) { handle(e); }, *event);
}

void Session::handle(const connection::IncomingChannel& event) {
  auto state = std::make_unique<ChannelState>(executor_, link_, channels_, ChannelState::Phase::offered,
                                              event.channel);
  Incoming incoming{Channel(std::move(state)), event.originator};
  const auto listen = listens_.find(event.listen);
  if (listen == listens_.end()) return;  // its Channel refuses
  if (event.unmatched) observer_.on_unmatched(*event.unmatched);
  listen->second->arrived.push_back(std::move(incoming));
  listen->second->changed.notify_all();
}

void Session::handle(const connection::ChannelOpened& event) {
  if (auto* channel = find(event.channel)) {
    channel->phase = ChannelState::Phase::open;
    channel->readable.notify_all();
  }
}

void Session::handle(const connection::ChannelRefused& event) {
  if (auto* channel = find(event.channel)) {
    channels_[event.channel] = nullptr;
    Failure why(event.reason, shown_text(event.text));
    why.ssh_code = event.code;
    channel->on_closed(std::move(why));
  }
}

void Session::handle(const connection::ChannelData& event) {
  auto* channel = find(event.channel);
  if (!channel) return;
  if (!std::exchange(channel->in_turn, true)) in_turn_.push_back(channel);
  channel->on_data(event.data);
}

// Forwarded connections have no second stream; what comes on one must not close the window.
void Session::handle(const connection::ChannelExtendedData& event) {
  link_.mux().consumed(event.channel, event.data.size());
}

void Session::handle(const connection::ChannelWindow& event) {
  if (auto* channel = find(event.channel)) channel->sendable.notify_all();
}

void Session::handle(const connection::ChannelEof& event) {
  if (auto* channel = find(event.channel)) {
    channel->eof = true;
    channel->readable.notify_all();
  }
}

void Session::handle(const connection::ChannelClosed& event) {
  if (channels() == 0) last_channel_closed_.notify_all();
  if (auto* channel = find(event.channel)) {
    channels_[event.channel] = nullptr;
    channel->eof = true;  // a server that closes has nothing more to send, said or unsaid
    channel->on_closed(errc::channel_closed);
  }
}

void Session::handle(const connection::ListenReply& event) {
  const auto found = listens_.find(event.listen);
  if (found == listens_.end()) {
    if (event.success) link_.mux().cancel(event.listen);  // nobody waits for it any more
    return;
  }
  auto listen = found->second;
  if (!event.success) {
    listens_.erase(found);
    listen->on_end(errc::forward_refused);
    return;
  }
  listen->phase = ListenState::Phase::listening;
  listen->bound_port = event.bound_port;
  listen->changed.notify_all();
}

void Session::handle(const connection::ListenCancelled& event) {
  const auto found = listens_.find(event.listen);
  if (found == listens_.end()) return;
  auto listen = found->second;
  listens_.erase(found);
  listen->on_end(errc::session_closed);
}

void Session::handle(const connection::KeepaliveReply&) {
  observer_.on_round_trip(steady_clock::now() - keepalive_sent_);
}

Task<Result<Channel>> Session::open(connection::OpenRequest request, Deadline deadline) {
  if (end_) co_return *end_;
  const auto id = link_.mux().open(request);
  auto state = std::make_unique<ChannelState>(executor_, link_, channels_, ChannelState::Phase::opening, id);
  auto& answer = *state;
  Channel channel(std::move(state));
  link_.commit();
  while (answer.phase == ChannelState::Phase::opening) {
    const auto ec = co_await answer.readable.wait_until(deadline);
    if (ec == asio::error::timed_out) co_return errc::open_timeout;
    if (ec) co_return ec;
  }
  // A target that answers and hangs up at once is a connection all the same.
  if (answer.phase == ChannelState::Phase::closed && !answer.eof) co_return answer.end;
  co_return channel;
}

Task<Result<RemoteListener>> Session::listen(connection::ListenAddress address, Deadline deadline) {
  if (end_) co_return *end_;
  auto state = std::make_shared<ListenState>(executor_, link_);
  state->id = link_.mux().listen(std::move(address));
  listens_[state->id] = state;
  link_.commit();
  while (state->phase == ListenState::Phase::requested) {
    if (auto ec = co_await state->changed.wait_until(deadline)) {
      listens_.erase(state->id);
      co_return ec == asio::error::timed_out ? Failure{errc::forward_timeout} : Failure{ec};
    }
  }
  if (state->phase == ListenState::Phase::over) co_return state->end;
  co_return RemoteListener(std::move(state));
}

}  // namespace towline::ssh
