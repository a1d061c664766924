#include "expose/web/exchange.hpp"

#include "async/deadline.hpp"
#include "async/event.hpp"
#include "async/wait.hpp"
#include "expose/web/pipe.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <span>
#include <utility>
#include <variant>

namespace towline::expose::web {

using std::chrono::steady_clock;

namespace {

// What is gathered for one write: a TLS record's worth.
constexpr std::size_t write_size = 16 * 1024;
// What a visitor may say while it waits for its answer: the requests that follow.
constexpr std::size_t read_ahead_max = 32 * 1024;
// A server that says "102 Processing" every second for two minutes.
constexpr int interims_max = 128;

Task<> until_cancelled() {
  Event never(co_await asio::this_coro::executor);
  while (!co_await cancelled()) co_await never.wait();
}

Task<> wait_out(steady_clock::duration pause) {
  if (pause.count() > 0) co_await sleep_until(steady_clock::now() + pause);
}

Ended ended_by(const error_code& ec) {
  return ec == asio::error::timed_out ? Ended::visitor_slow : Ended::visitor_left;
}

}  // namespace

Task<error_code> wait_readable(tls::Line& line, std::chrono::milliseconds patience) {
  const auto waited = co_await before(steady_clock::now() + patience, line.wait_readable());
  co_return waited.value_or(asio::error::timed_out);
}

Task<error_code> wait_writable(tls::Line& line, std::chrono::milliseconds patience) {
  const auto waited = co_await before(steady_clock::now() + patience, line.wait_writable());
  co_return waited.value_or(asio::error::timed_out);
}

Exchange::Exchange(const Sides& sides, const RequestHead& head, HttpRules rules)
    : sides_(sides),
      head_(head),
      rules_(std::move(rules)),
      request_(request_for_client(head, sides.visitor, rules_)),
      request_body_(head.body) {}

Task<Ended> Exchange::run(ssh::Channel& channel) {
  using namespace asio::experimental::awaitable_operators;
  if (!co_await send_all(channel, request_)) co_return Ended::unanswered;
  // The first that ends decides, and the other is cancelled.
  const auto first = co_await (ask(channel) || answer(channel));
  const auto ended = first.index() == 0 ? std::get<0>(first) : std::get<1>(first);
  if (ended != Ended::upgraded) co_return ended;
  const auto piped =
      co_await pipe(sides_.line, std::exchange(sides_.read_ahead, {}), channel, sides_.scratch);
  received_ += piped.received;
  sent_ += piped.sent;
  co_return ended;
}

// The visitor's side: its body, and whether it is still there. Ends only with the visitor.
Task<Ended> Exchange::ask(ssh::Channel& channel) {
  co_await asio::this_coro::throw_if_cancelled(false);
  const auto ended = co_await upload(channel);
  if (ended) co_return *ended;
  if (uploaded_) co_return co_await watch_visitor();
  co_await until_cancelled();  // the client's server reads no more: its answer says why
  co_return Ended::visitor_left;
}

// What could not be sent is not read.
Task<std::optional<Ended>> Exchange::upload(ssh::Channel& channel) {
  std::string out;
  while (!request_body_.done()) {
    if (const auto ended = co_await wait_for_room(channel)) co_return ended;
    if (channel.end()) co_return std::nullopt;
    std::string_view piece;
    if (const auto ended = co_await fill_scratch(channel.sendable(), piece)) co_return ended;
    const auto piece_size = piece.size();
    received_ += piece_size;
    if (const auto ended = encode(piece, out)) co_return ended;
    if (request_body_.done()) {
      const auto fields = parse_trailers(request_body_.trailers());
      const auto* trailers = std::get_if<std::vector<Field>>(&fields);
      append_end(out, head_.body.kind, trailers ? trailers_to_pass(*trailers) : std::string());
    }
    for (std::string_view left = out; !left.empty();) {
      if (const auto ended = co_await wait_for_room(channel)) co_return ended;
      if (channel.end()) co_return std::nullopt;
      const auto now = left.substr(0, channel.sendable());
      channel.write(octets_of(now));
      left.remove_prefix(now.size());
    }
    out.clear();
    if (sides_.offer) co_await wait_out(sides_.offer->sent(piece_size));
  }
  uploaded_ = true;
  co_return std::nullopt;
}

// Until the channel takes something, or is over.
Task<std::optional<Ended>> Exchange::wait_for_room(ssh::Channel& channel) const {
  while (channel.sendable() == 0 && !channel.end()) {
    const auto room =
        co_await before(steady_clock::now() + sides_.limits.body_timeout, channel.wait_sendable());
    if (!room) co_return Ended::client_stuck;
    if (!*room && !channel.end()) co_return Ended::visitor_left;  // we are cancelled
  }
  co_return std::nullopt;
}

// What was read ahead of the visitor's body, or what comes now, at most `room`; valid until the next wait.
Task<std::optional<Ended>> Exchange::fill_scratch(std::size_t room, std::string_view& piece) {
  const auto into = std::span(sides_.scratch).first(std::min(room, write_size));
  auto& ahead = sides_.read_ahead;
  for (;;) {
    std::size_t n = std::min(ahead.size(), into.size());
    if (n > 0) {
      std::copy_n(ahead.begin(), n, into.begin());
    } else {
      const auto [read, error] = sides_.line.read_some(into);
      if (error && error != asio::error::would_block) co_return Ended::visitor_left;
      n = read;
    }
    if (n == 0) {
      if (const auto ec = co_await wait_readable(sides_.line, sides_.limits.body_timeout))
        co_return ended_by(ec);
      continue;
    }
    piece = chars_of(into.first(n));
    if (ahead.empty()) co_return std::nullopt;
    ahead.erase(0, n);
    co_return std::nullopt;
  }
}

// Its further requests are kept for later.
Task<Ended> Exchange::watch_visitor() {
  for (;;) {
    if (sides_.read_ahead.size() >= read_ahead_max) {
      co_await until_cancelled();
      co_return Ended::visitor_left;
    }
    if (co_await sides_.line.wait_readable()) co_return Ended::visitor_left;
    const auto [n, error] =
        sides_.line.read_some(std::span(sides_.scratch).first(read_ahead_max - sides_.read_ahead.size()));
    sides_.read_ahead.append(chars_of(std::span(sides_.scratch).first(n)));
    if (error == asio::error::eof) {
      co_await sleep_until(steady_clock::now() + sides_.limits.left_timeout);
      co_return Ended::visitor_left;
    }
    if (error && error != asio::error::would_block) co_return Ended::visitor_left;
  }
}

Task<Ended> Exchange::answer(ssh::Channel& channel) {
  co_await asio::this_coro::throw_if_cancelled(false);
  std::string text;
  for (int interims = 0; interims < interims_max; ++interims) {
    if (const auto ended = co_await read_head(channel, text)) {
      // What has been said already cannot be asked for again.
      co_return interims > 0 && *ended == Ended::unanswered ? Ended::bad_answer : *ended;
    }
    const auto parsed = parse_answer(text, head_);
    const auto* head = std::get_if<AnswerHead>(&parsed);
    if (!head) co_return Ended::bad_answer;
    if (!head->is_interim()) co_return co_await pass_body(channel, *head);
    if (const auto ended = co_await pass_interim(*head)) co_return *ended;
  }
  co_return Ended::bad_answer;
}

// Only the head leaves the channel.
Task<std::optional<Ended>> Exchange::read_head(ssh::Channel& channel, std::string& text) const {
  text.clear();
  for (std::size_t looked_at = 0;; looked_at = text.size()) {
    const auto unread = co_await channel.wait_unread();
    if (!unread || unread->empty()) co_return text.empty() ? Ended::unanswered : Ended::bad_answer;
    const auto piece = chars_of(*unread).substr(0, head_octets_max + 1 - text.size());
    text += piece;
    const auto end = end_of_head(text, looked_at);
    const auto* size = std::get_if<std::size_t>(&end);
    if (!size) co_return Ended::bad_answer;
    const auto beyond = *size == 0 ? 0 : text.size() - *size;
    channel.consume(piece.size() - beyond);
    if (*size == 0) continue;
    text.resize(*size);
    co_return std::nullopt;
  }
}

// HTTP/1.0 knows none (RFC 9110, 15.2).
Task<std::optional<Ended>> Exchange::pass_interim(const AnswerHead& head) {
  if (head_.minor == 0) co_return std::nullopt;
  auto text = interim_for_visitor(head);
  co_return co_await say(text);
}

Task<Ended> Exchange::pass_body(ssh::Channel& channel, const AnswerHead& head) {
  // An answer that comes before the whole request ends the connection: where the next one begins is not
  // known.
  plan_ = plan_of(head, head_, request_body_.done() && !sides_.leaving);
  status_ = head.status;
  auto out = answer_for_visitor(head, plan_, head_, sides_.visitor, rules_);
  if (head.status == 101) {
    const auto ended = co_await say(out);
    co_return ended.value_or(Ended::upgraded);
  }
  BodyReader reader(head.body);
  while (!reader.done()) {
    const auto now = channel.unread();
    if (!now) {
      // Nothing waits for what comes later, and nothing is held for it.
      if (const auto ended = co_await say(out)) co_return *ended;
      out = {};
      const auto waited = co_await channel.wait_unread();
      if (!waited && !channel.end()) co_return Ended::visitor_left;  // we are cancelled
      continue;
    }
    if (!*now) co_return Ended::cut;
    if ((*now)->empty()) {
      if (reader.end()) break;
      co_return Ended::cut;
    }
    const auto piece = chars_of(**now).substr(0, write_size);
    BodyReader::Piece taken;
    std::size_t n = 0;
    while (n < piece.size() && !reader.done() && !reader.failed()) {
      taken = reader.next(piece.substr(n));
      n += taken.taken;
      sent_ += taken.octets.size();
      append_body(out, plan_.body.kind, taken.octets);
    }
    if (reader.failed()) co_return Ended::cut;
    channel.consume(n);
    if (sides_.offer) {
      const auto pause = sides_.offer->received(n);
      if (pause.count() > 0) {
        if (const auto ended = co_await say(out)) co_return *ended;
        co_await wait_out(pause);
      }
    }
    if (out.size() < write_size) continue;
    if (const auto ended = co_await say(out)) co_return *ended;
  }
  const auto fields = parse_trailers(reader.trailers());
  const auto* trailers = std::get_if<std::vector<Field>>(&fields);
  append_end(out, plan_.body.kind, trailers ? trailers_to_pass(*trailers) : std::string());
  channel_stays_ = head.keep_alive;
  const auto ended = co_await say(out);
  co_return ended.value_or(Ended::answered);
}

// Writes all of `text`, and leaves it empty.
Task<std::optional<Ended>> Exchange::say(std::string& text) {
  std::string_view left = text;
  while (!left.empty()) {
    const auto [n, error] = sides_.line.write_some(octets_of(left));
    left.remove_prefix(n);
    if (!error) continue;
    if (error != asio::error::would_block) co_return Ended::visitor_left;
    if (const auto ec = co_await wait_writable(sides_.line, sides_.limits.body_timeout))
      co_return ended_by(ec);
  }
  text.clear();
  co_return std::nullopt;
}

// What is behind the body's end stays with the visitor.
std::optional<Ended> Exchange::encode(std::string_view octets, std::string& out) {
  while (!octets.empty() && !request_body_.done()) {
    const auto piece = request_body_.next(octets);
    if (request_body_.failed()) return Ended::visitor_wrong;
    append_body(out, head_.body.kind, piece.octets);
    octets.remove_prefix(piece.taken);
  }
  if (!octets.empty()) sides_.read_ahead.insert(0, octets);
  received_ -= octets.size();
  return std::nullopt;
}

}  // namespace towline::expose::web
