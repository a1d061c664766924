#include "relay/way.hpp"

#include "async/yield_turn.hpp"
#include "relay/joint.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <string>
#include <utility>
#include <variant>

namespace towline::relay {

using ssh::connection::RequestId;

namespace {

// After this many the others of the connection have their turn: what then waits on a wire (ssh/session/link)
// has been put there by two relays at least.
constexpr int packets_per_turn = 8;

}  // namespace

Way::Way(const asio::any_io_executor& executor, Joint& joint, Side from)
    : joint_(joint), from_(from), packets_left_(packets_per_turn), changed_(executor) {}

ssh::Channel& Way::from() { return *joint_.channel(from_); }
ssh::Channel& Way::to() { return *joint_.channel(other(from_)); }

// Else whatever comes is dropped, and its window given back: its sender may have to be done with it before
// it reads what is left for it.
bool Way::is_heard() { return !joint_.end && !to().end(); }

bool Way::let_pass(bool by_tap) {
  if (!by_tap) joint_.finish(RelayEnd::tapped, from_);
  return !joint_.end;
}

void Way::hold(bool done) {
  if (!done) joint_.finish(RelayEnd::flooded, from_);
  changed_.notify_all();
}

std::size_t Way::on_data(std::uint32_t stream, ssh::Bytes data) {
  std::size_t passed = 0;
  if (held_.empty()) {
    while (passed < data.size() && packets_left_ > 0) {
      const auto n = pass(stream, data.subspan(passed));
      if (n == 0) break;
      passed += n;
      --packets_left_;
    }
  }
  if (!is_heard()) return data.size();
  if (passed < data.size()) hold(held_.add(stream, data.subspan(passed)));
  return passed;
}

void Way::on_request(std::string_view type, ssh::Bytes payload, std::optional<RequestId> id) {
  if (!is_heard()) return;
  if (held_.empty() && to().accepts_request()) return ask(type, payload, id);
  hold(held_.add({std::string(type), {payload.begin(), payload.end()}, id}));
}

// Waits for nothing: a peer may want the answer before it reads what is in front of it.
void Way::on_reply(bool success) {
  auto& asked = joint_.way(other(from_)).asked_;
  if (joint_.end || asked.empty()) return;
  const auto id = asked.front();
  asked.erase(asked.begin());
  if (let_pass(!joint_.tap || joint_.tap->on_reply(from_, success))) to().answer(id, success);
}

void Way::on_eof() {
  if (!is_heard()) return;
  if (held_.empty() && joint_.is_joined) return say_eof();
  held_.add_eof();
  changed_.notify_all();
}

void Way::on_refused(std::uint32_t code, std::string_view text) {
  joint_.refusal = Refusal{code, std::string(text)};
}

// Before the relay runs, open() says why it is over.
void Way::on_closed(const Failure& why) {
  if (why.code == ssh::errc::channel_closed) {
    closed_ = true;
    changed_.notify_all();
    joint_.way(other(from_)).wake();
  } else if (joint_.is_joined) {
    joint_.finish(RelayEnd::session_lost, from_);
  }
}

void Way::start_again() {
  held_.clear();
  closed_ = false;
}

Task<> Way::carry() {
  co_await asio::this_coro::throw_if_cancelled(false);
  while (!joint_.end) {
    if (to().end()) forget_held();
    error_code ec;
    if (held_.empty()) {
      packets_left_ = packets_per_turn;
      if (closed_) co_return joint_.finish(RelayEnd::closed, from_);
      ec = co_await changed_.wait();
    } else if (!takes_first()) {
      ec = co_await wait_until_first_is_taken();
    } else {
      hand_on();
      // Whoever waits for the same wire has been there longer.
      if (!held_.empty()) ec = co_await yield_turn();
    }
    if (ec) co_return joint_.finish(RelayEnd::cancelled, from_);
  }
}

bool Way::takes_first() {
  if (std::holds_alternative<Held::Data>(held_.front())) return to().sendable() > 0;
  return std::holds_alternative<Held::Eof>(held_.front()) || to().accepts_request();
}

// Fails when it is cancelled only: the end of the other side is looked at anyway.
Task<error_code> Way::wait_until_first_is_taken() {
  const bool is_data = std::holds_alternative<Held::Data>(held_.front());
  auto waiting = is_data ? to().wait_sendable() : to().wait_accepts_request();
  const auto waited = co_await std::move(waiting);
  if (!waited && waited.error().code == asio::error::operation_aborted) co_return waited.error().code;
  co_return error_code{};
}

void Way::hand_on() {
  for (int n = 0; n < packets_per_turn && is_heard() && !held_.empty() && takes_first(); ++n) {
    std::visit([this](const auto& item) { hand_on(item); }, held_.front());
  }
}

void Way::hand_on(const Held::Data& data) {
  const auto n = pass(data.stream, data.bytes.front());
  held_.drop(n);
  from().consumed(n);
}

void Way::hand_on(const Held::Request& request) {
  ask(request.type, request.payload, request.id);
  held_.drop();
}

void Way::hand_on(const Held::Eof&) {
  say_eof();
  held_.drop();
}

void Way::forget_held() {
  from().consumed(held_.bytes());
  held_.clear();
}

// As one packet; returns how much.
std::size_t Way::pass(std::uint32_t stream, ssh::Bytes data) {
  const auto piece = data.first(std::min(data.size(), to().sendable()));
  if (piece.empty()) return 0;
  if (!let_pass(!joint_.tap || joint_.tap->on_data(from_, stream, piece))) return 0;
  to().write(piece, stream);
  carried_ += piece.size();
  return piece.size();
}

void Way::ask(std::string_view type, ssh::Bytes payload, std::optional<RequestId> id) {
  const auto ruling =
      joint_.tap ? joint_.tap->on_request(from_, type, payload, id.has_value()) : Ruling::pass;
  if (!let_pass(ruling != Ruling::end)) return;
  if (ruling == Ruling::refuse) {
    if (id) from().answer(*id, false);
    return;
  }
  if (id) asked_.push_back(*id);
  const auto other = joint_.tap ? joint_.tap->instead_of(from_, type) : std::nullopt;
  to().request(other ? other->type : type, id.has_value(), other ? ssh::Bytes(other->payload) : payload);
}

void Way::say_eof() {
  if (let_pass(!joint_.tap || joint_.tap->on_eof(from_))) to().send_eof();
}

}  // namespace towline::relay
