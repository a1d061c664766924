#include "ssh/session/connection.hpp"

#include "async/wait.hpp"
#include "async/yield_turn.hpp"
#include "text/utf8.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <utility>
#include <variant>

namespace towline::ssh {

using std::chrono::steady_clock;

namespace {

// How often the kernel is asked for the round-trip time: it is smoothed, and a system call.
constexpr std::chrono::seconds path_interval{1};

}  // namespace

Connection::Connection(const asio::any_io_executor& executor, std::unique_ptr<Packets> packets,
                       const Options& options, Role& role, ConnectionObserver& observer)
    : executor_(executor),
      link_(executor, std::move(packets), options.windows, options.channels_max),
      keepalive_options_(options.keepalive),
      role_(role),
      observer_(observer),
      key_exchange_(executor, options.answer_timeout),
      answer_(executor, options.answer_timeout),
      last_channel_closed_(executor),
      closed_(executor) {
  link_.packets().deliver_to(this);
}

Connection::~Connection() { link_.packets().deliver_to(nullptr); }

Task<Failure> Connection::run() {
  using namespace asio::experimental::awaitable_operators;
  observer_.on_received(packets().last_received());  // a peer may have nothing more to say for hours
  auto ended = co_await (read_loop() || link_.write_loop() || watch_loop() || until_closed() ||
                         until_overdue(key_exchange_, errc::rekey_timeout) ||
                         until_overdue(answer_, errc::requests_unanswered));
  auto why = std::visit([](const Failure& failure) { return failure; }, ended);
  // A write that fails is not why: what the peer has said before it hung up is.
  if (why.code == errc::transport_failed) {
    if (const auto last = link_.packets().read(); !last) why = last.error();
  }
  finish(why);
  co_return why;
}

// The read that follows a key exchange or a full wire sends what had to wait.
Task<Failure> Connection::read_loop() {
  co_await asio::this_coro::throw_if_cancelled(false);
  auto& packets = link_.packets();
  for (;;) {
    look_at_path();
    const auto before = packets.bytes_received();
    const auto more = packets.read();
    hand_over();
    if (packets.bytes_received() != before) observer_.on_received(packets.last_received());
    if (violation_) co_return *violation_;
    if (!more) co_return more.error();
    if (const auto words = packets.take_words(); !words.empty()) observer_.on_words(words);
    link_.flush();
    look_at_key_exchange();
    // The writer waits for a wire that may never take anything again.
    if (const auto& failure = link_.failure()) co_return *failure;
    error_code ec;
    if (*more) {
      ec = co_await yield_turn();
    } else {
      ec = co_await packets.wire().wait_readable();
    }
    if (ec) co_return ec;
  }
}

void Connection::look_at_path() {
  path_.now = steady_clock::now();
  if (path_.now >= path_due_) {
    const auto time = link_.packets().wire().round_trip();
    if (time.count() > 0) path_.round_trip = time;
    path_due_ = path_.now + path_interval;
  }
  link_.mux().set_path(path_);
}

// Through a jump host the wire does not know. What waits on the way makes it longer, and is not the path's.
void Connection::took_round_trip(steady_clock::duration time) {
  auto& least = path_.round_trip;
  least = least.count() == 0 ? time : std::min(least, time);
}

// One may begin in the turn in which the last one ends.
void Connection::look_at_key_exchange() {
  const auto& packets = link_.packets();
  if (!packets.in_key_exchange() || packets.key_exchanges() != key_exchanges_) key_exchange_.settle();
  key_exchanges_ = packets.key_exchanges();
  if (packets.in_key_exchange()) key_exchange_.begin();
}

Task<Failure> Connection::until_overdue(Owed& owed, errc otherwise) {
  co_await asio::this_coro::throw_if_cancelled(false);
  const auto ec = co_await owed.overdue();
  if (ec != asio::error::timed_out) co_return ec;
  const auto patience = std::chrono::duration_cast<std::chrono::seconds>(owed.patience());
  co_return Failure(otherwise, std::to_string(patience.count()) + " s");
}

void Connection::hand_over() {
  for (const auto id : arrived_) {
    if (auto* channel = find(id)) channel->hand_over();
  }
  arrived_.clear();
}

Task<Failure> Connection::watch_loop() {
  co_await asio::this_coro::throw_if_cancelled(false);
  connection::Keepalive keepalive(keepalive_options_);
  asio::steady_timer timer(executor_);
  for (;;) {
    const auto now = steady_clock::now();
    const auto step = keepalive.step(now, link_.packets().last_received());
    if (step.missed) observer_.on_keepalive_missed();
    if (step.dead) co_return errc::keepalive_timeout;
    if (step.send) check();
    timer.expires_at(step.next);
    if (const auto ec = co_await wait(timer)) co_return ec;
  }
}

// The target may be slow; the peer itself must answer a question.
void Connection::doubt() {
  if (end_) return;
  answer_.begin();
  check();
}

void Connection::check() {
  keepalive_sent_ = steady_clock::now();
  keepalives_.push_back(*global_request("keepalive@openssh.com", true));
  observer_.on_keepalive_sent();
}

Task<Failure> Connection::until_closed() {
  co_await asio::this_coro::throw_if_cancelled(false);
  while (!closing_) {
    if (auto ec = co_await closed_.wait()) co_return ec;
  }
  co_return errc::session_closed;
}

Task<> Connection::wait_channels_closed(Deadline deadline) {
  while (!end_ && channels() > 0) {
    if (co_await last_channel_closed_.wait_before(deadline)) co_return;
  }
}

Task<> Connection::close(Deadline deadline, std::string words) {
  auto& packets = link_.packets();
  packets.disconnect(words);
  link_.commit();
  Event pause(executor_);
  while (!end_ && packets.backlog() > 0 && steady_clock::now() < deadline) {
    link_.notify_when_accepting(pause);
    const auto ec = co_await pause.wait_before(deadline);
    link_.forget(pause);
    if (ec) break;
  }
  closing_ = true;
  closed_.notify_all();
}

void Connection::finish(const Failure& why) {
  end_ = why;
  last_channel_closed_.notify_all();
  for (auto* channel : std::exchange(channels_, {})) {
    if (channel) channel->on_closed(why);
  }
  role_.on_end(why);
}

ChannelState* Connection::find(connection::ChannelId id) {
  return id < channels_.size() ? channels_[id] : nullptr;
}

// After what was said before: data is given to its taker late.
ChannelState* Connection::caught_up(connection::ChannelId id) {
  if (auto* channel = find(id)) channel->hand_over();
  return find(id);  // a taker that fails closes it
}

void Connection::on_message(Bytes message, std::uint32_t sequence) {
  if (violation_) return;
  const auto event = link_.mux().on_message(message, sequence);
  const auto handled =
      event ? std::visit([this](const auto& e) { return handle(e); }, *event) : event.error();
  if (handled) return;
  violation_ = handled.error();
  if (!message.empty()) violation_->detail = "message " + std::to_string(message[0]);
}

Result<> Connection::handle(const connection::ChannelOffered& event) {
  return role_.on_offered(Channel(std::make_unique<ChannelState>(
                              executor_, link_, channels_, ChannelState::Phase::offered, event.channel)),
                          event);
}

Result<> Connection::handle(const connection::OfferRefused& event) {
  role_.on_offer_refused(event);
  return {};
}

Result<> Connection::handle(const connection::ChannelOpened& event) {
  answer_.settle();
  if (auto* channel = find(event.channel)) {
    channel->phase = ChannelState::Phase::open;
    channel->readable.notify_all();
  }
  return {};
}

Result<> Connection::handle(const connection::ChannelRefused& event) {
  answer_.settle();
  if (auto* channel = find(event.channel)) {
    channels_[event.channel] = nullptr;
    if (channel->sink) channel->sink->on_refused(event.code, event.text);
    Failure why(event.reason, text::shown(event.text));
    why.ssh_code = event.code;
    channel->on_closed(std::move(why));
  }
  return {};
}

Result<> Connection::handle(const connection::ChannelData& event) {
  if (auto* channel = find(event.channel)) {
    if (channel->arrived.empty()) arrived_.push_back(event.channel);
    channel->on_data(event.data);
  }
  return {};
}

Result<> Connection::handle(const connection::ChannelExtendedData& event) {
  if (auto* channel = caught_up(event.channel)) channel->on_extended(event.type, event.data);
  return {};
}

Result<> Connection::handle(const connection::ChannelWindow& event) {
  if (auto* channel = find(event.channel)) channel->sendable.notify_all();
  return {};
}

Result<> Connection::handle(const connection::ChannelEof& event) {
  if (auto* channel = caught_up(event.channel)) channel->on_eof();
  return {};
}

Result<> Connection::handle(const connection::ChannelClosed& event) {
  if (channels() == 0) last_channel_closed_.notify_all();
  if (auto* channel = caught_up(event.channel)) {
    channels_[event.channel] = nullptr;
    channel->eof = true;  // a peer that closes has nothing more to send, said or unsaid
    channel->on_closed(errc::channel_closed);
  }
  return {};
}

Result<> Connection::handle(const connection::ChannelRequest& event) {
  if (auto* channel = caught_up(event.channel)) channel->on_request(event);
  return {};
}

Result<> Connection::handle(const connection::ChannelReply& event) {
  auto* channel = caught_up(event.channel);
  if (channel && channel->asked) channel->asked->on_reply(event.success);
  return {};
}

Result<> Connection::handle(const connection::GlobalReply& event) {
  answer_.settle();
  if (keepalives_.empty() || keepalives_.front() != event.id) return role_.on_global_reply(event);
  keepalives_.pop_front();
  const auto took = steady_clock::now() - keepalive_sent_;
  took_round_trip(took);
  observer_.on_round_trip(took);
  return {};
}

std::optional<connection::RequestId> Connection::global_request(std::string_view name, bool want_reply,
                                                                Bytes payload) {
  const auto id = link_.mux().global_request(name, want_reply, payload);
  link_.commit();
  return id;
}

void Connection::answer(connection::RequestId id, connection::Answer answer) {
  link_.mux().answer(id, std::move(answer));
  link_.commit();
}

Task<Result<Channel>> Connection::open(connection::OpenRequest request, Deadline deadline,
                                       Channel::Asked* asked) {
  if (end_) co_return *end_;
  const auto id = link_.mux().open(request);
  auto state = std::make_unique<ChannelState>(executor_, link_, channels_, ChannelState::Phase::opening, id);
  state->tell(asked);
  auto& answer = *state;
  Channel channel(std::move(state));
  link_.commit();
  while (answer.phase == ChannelState::Phase::opening) {
    const auto ec = co_await answer.readable.wait_before(deadline);
    if (ec == asio::error::timed_out) {
      doubt();
      co_return errc::open_timeout;
    }
    if (ec) co_return ec;
  }
  // A target that answers and hangs up at once is a connection all the same.
  if (answer.phase == ChannelState::Phase::closed && !answer.eof) co_return answer.end;
  co_return channel;
}

}  // namespace towline::ssh
