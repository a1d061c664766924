#include "expose/web/conversation.hpp"

#include "async/wait.hpp"
#include "expose/web/pipe.hpp"
#include "ssh/wire/error.hpp"

#include <boost/asio/error.hpp>

#include <span>
#include <utility>
#include <variant>

namespace towline::expose::web {

using std::chrono::steady_clock;

namespace {

// How long a visitor that is told to go may still send before it is cut off: a reset could take the answer
// with it.
constexpr std::chrono::seconds linger_timeout{2};

constexpr std::uint16_t https_default_port = 443;

// One after the other, where several have the same host.
constexpr int clients_asked_max = 3;

NoWay no_way_of(Malformed why) {
  if (why == Malformed::target_too_long) return NoWay::target_too_long;
  if (why == Malformed::head_too_large) return NoWay::head_too_large;
  return NoWay::bad_request;
}

// What the visitor is told of an end, where it can still be told something.
std::optional<NoWay> told(Ended ended, const ssh::Channel& channel) {
  const auto end = channel.end();
  const bool with_session = end && end->code != ssh::errc::channel_closed;
  switch (ended) {
    case Ended::unanswered: return with_session ? NoWay::gone : NoWay::no_answer;
    case Ended::bad_answer: return with_session ? NoWay::gone : NoWay::bad_answer;
    case Ended::visitor_slow: return NoWay::too_slow;
    case Ended::visitor_wrong: return NoWay::bad_request;
    case Ended::client_stuck: return NoWay::silent;
    case Ended::answered:
    case Ended::upgraded:
    case Ended::cut:
    case Ended::visitor_left: break;
  }
  return std::nullopt;
}

}  // namespace

struct Conversation::Turn {
  std::string text{};
  RequestHead head{};
  steady_clock::time_point began = steady_clock::now();
  std::shared_ptr<HttpOffer> offer{};
  std::optional<Exchange> exchange{};
  unsigned status = 0;      // of ours
  bool opened = false;      // a client has taken the visitor
  bool keep_alive = false;  // another may follow
  bool over = false;        // nothing can be said any more
};

Conversation::Conversation(const Surroundings& around, Visitor visitor, std::unique_ptr<tls::Line> line)
    : around_(around), visitor_(std::move(visitor)), line_(std::move(line)) {}

Task<> Conversation::run() {
  while (co_await take_turn()) {
  }
  line_->close();
}

Task<bool> Conversation::take_turn() {
  if (read_ahead_.empty()) {
    read_ahead_ = {};
    idle_ = true;
    since_ = steady_clock::now();
    if (around_.leaving || co_await wait_readable(*line_, around_.limits.idle_timeout)) co_return false;
    idle_ = false;
  }
  Turn turn;
  if (const auto why = co_await read_head(turn.text)) co_return co_await refuse(*why, {});
  if (turn.text.empty()) co_return false;
  auto parsed = parse_request(turn.text);
  if (const auto* wrong = std::get_if<Malformed>(&parsed))
    co_return co_await refuse(no_way_of(*wrong), to_string(*wrong));
  turn.head = std::move(std::get<RequestHead>(parsed));
  const auto why = co_await answer(turn);
  report(turn, why);
  if (co_await cancelled()) turn.over = true;
  if (turn.over) line_->abort();
  if (!turn.over && !turn.keep_alive) co_await linger();
  co_return turn.keep_alive && !turn.over;
}

// An empty text: the visitor has left.
Task<std::optional<NoWay>> Conversation::read_head(std::string& text) {
  const auto until = steady_clock::now() + around_.limits.head_timeout;
  for (std::size_t looked_at = 0;;) {
    const auto end = end_of_head(read_ahead_, looked_at);
    if (const auto* wrong = std::get_if<Malformed>(&end)) co_return no_way_of(*wrong);
    if (const auto size = std::get<std::size_t>(end); size > 0) {
      text = read_ahead_.substr(0, size);
      read_ahead_.erase(0, size);
      co_return std::nullopt;
    }
    looked_at = read_ahead_.size();
    const auto [n, error] = line_->read_some(around_.scratch);
    read_ahead_.append(chars_of(std::span(around_.scratch).first(n)));
    if (error && error != asio::error::would_block) co_return std::nullopt;
    if (n > 0) continue;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - steady_clock::now());
    const auto ec = co_await wait_readable(*line_, left);
    if (ec == asio::error::timed_out) co_return NoWay::too_slow;
    if (ec) co_return std::nullopt;
  }
}

// Whoever has the host now; or why nobody.
std::optional<NoWay> Conversation::choose(Turn& turn) {
  if (turn.head.method == "CONNECT") {
    turn.keep_alive = false;
    return NoWay::connect;
  }
  auto chosen = around_.hosts.choose(turn.head.authority.host, visitor_);
  if (const auto* no_way = std::get_if<NoWay>(&chosen)) return *no_way;
  turn.offer = std::get<0>(std::move(chosen));
  return std::nullopt;
}

// By a client, or by us: then says why. Who does not take a visitor is no reason not to ask another one.
Task<std::optional<NoWay>> Conversation::answer(Turn& turn) {
  const bool nothing_follows = turn.head.body.kind == Framing::Kind::none;
  turn.keep_alive = turn.head.keep_alive && nothing_follows && !around_.leaving;
  auto why = choose(turn);
  if (turn.offer && turn.offer->rules().force_https && !visitor_.over_tls && around_.https_port != 0) {
    turn.status = 308;
    // Whoever names our own port has come without a load balancer, which has the usual ones.
    const bool is_direct = turn.head.authority.port == visitor_.local.port;
    const std::uint16_t port = is_direct ? around_.https_port : https_default_port;
    turn.over = !co_await say(redirect(turn.head, port, turn.keep_alive));
    co_return std::nullopt;
  }
  for (int asked = 1; turn.offer; ++asked) {
    why = co_await pass(turn);
    const bool not_taken = !turn.opened && (why == NoWay::refused || why == NoWay::gone);
    if (!not_taken || asked == clients_asked_max) break;
    const auto before = turn.offer.get();
    if (choose(turn) || turn.offer.get() == before) break;
  }
  if (!why || turn.over) co_return why;
  turn.status = text_of(*why).status;
  turn.over = !co_await say(
      page(*why, {.is_head = turn.head.is_head(), .keep_alive = turn.keep_alive, .minor = turn.head.minor}));
  co_return why;
}

// A channel that has waited may have been closed by the server meanwhile, without that we could know it: it
// is for what may be asked twice.
Task<std::optional<NoWay>> Conversation::pass(Turn& turn) {
  auto& exchange = turn.exchange.emplace(Sides{*line_, read_ahead_, around_.scratch, around_.limits, visitor_,
                                               around_.leaving, turn.offer.get()},
                                         turn.head, turn.offer->rules());
  for (bool may_reuse = may_be_repeated(turn.head);; may_reuse = false) {
    std::optional<ssh::Channel> channel;
    if (may_reuse) channel = turn.offer->idle().take(steady_clock::now());
    const bool reused = channel.has_value();
    if (!reused) {
      auto opened = co_await turn.offer->open(visitor_, steady_clock::now() + around_.limits.open_timeout);
      if (!opened) co_return not_opened(opened.error().code);
      channel.emplace(std::move(*opened));
      turn.opened = true;
    }
    const auto ended = co_await exchange.run(*channel);
    if (co_await cancelled()) {
      turn.over = true;
      co_return std::nullopt;
    }
    if (reused && ended == Ended::unanswered) continue;
    if (ended == Ended::answered) {
      turn.keep_alive = exchange.visitor_stays() && !around_.leaving;
      if (exchange.channel_stays() && !turn.offer->gone() && !channel->end()) {
        if (!std::exchange(turn.offer->idle().is_swept, true))
          around_.with_idle_channels.emplace_back(turn.offer->weak_from_this());
        turn.offer->idle().keep(std::move(*channel), steady_clock::now());
      }
      co_return std::nullopt;
    }
    const auto why = told(ended, *channel);
    turn.keep_alive = turn.keep_alive && exchange.request_read();
    turn.over = exchange.answer_begun() || !why;
    co_return why;
  }
}

// False: it is gone, or does not read.
Task<bool> Conversation::say(std::string text) {
  for (std::string_view left = text; !left.empty();) {
    const auto [n, error] = line_->write_some(octets_of(left));
    left.remove_prefix(n);
    if (!error) continue;
    if (error != asio::error::would_block) co_return false;
    if (co_await wait_writable(*line_, around_.limits.body_timeout)) co_return false;
  }
  co_return true;
}

Task<> Conversation::linger() {
  line_->end_sending();
  const auto until = steady_clock::now() + linger_timeout;
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - steady_clock::now());
    if (left.count() <= 0 || co_await wait_readable(*line_, left)) co_return;
    const auto [n, error] = line_->read_some(around_.scratch);
    if (error && error != asio::error::would_block) co_return;
  }
}

// What is no request, and whose end is not known.
Task<bool> Conversation::refuse(NoWay why, std::string_view detail) {
  around_.observer.on_refused(visitor_, why, detail);
  if (co_await say(page(why, {}, detail))) co_await linger();
  co_return false;
}

void Conversation::report(const Turn& turn, std::optional<NoWay> why) const {
  const auto& exchange = turn.exchange;
  const bool by_client = exchange && exchange->answer_begun();
  const RequestLine line{.visitor = visitor_,
                         .method = turn.head.method,
                         .host = turn.head.authority.host,
                         .target = turn.head.target,
                         .status = by_client ? exchange->status() : turn.status,
                         .bytes_received = exchange ? exchange->bytes_received() : 0,
                         .bytes_sent = exchange ? exchange->bytes_sent() : 0,
                         .duration = steady_clock::now() - turn.began};
  around_.observer.on_request(line, why);
  if (turn.offer) turn.offer->on_request(line);
}

}  // namespace towline::expose::web
