#include "observe/board.hpp"

#include "text/utf8.hpp"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

namespace towline::observe {

namespace {

constexpr std::size_t detail_max = 4096;  // characters

Steady::rep ticks(Steady::time_point time) { return time.time_since_epoch().count(); }

Steady::time_point moment(Steady::rep ticks) { return Steady::time_point(Steady::duration(ticks)); }

}  // namespace

Pulse::Pulse(std::string name) : name_(std::move(name)) {}

void Pulse::beat(Steady::time_point now) { last_beat_.store(ticks(now), std::memory_order_relaxed); }

void Pulse::retire() { last_beat_.store(none, std::memory_order_relaxed); }

void Pulse::received(Steady::time_point now) { last_received_.store(ticks(now), std::memory_order_relaxed); }

// What all sessions together have to say about it. Guarded by the board's mutex.
struct ForwardSlot::Forward {
  ForwardFacts facts;  // without what snapshot() adds
  ForwardState state = ForwardState::resolving;
  std::vector<const ForwardSlot*> slots;
};

namespace {

void enter(ForwardSlot::Forward& forward, ForwardState state, const Instant& now) {
  if (state == forward.state) return;
  auto& facts = forward.facts;
  facts.since = now;
  if (forward.state == ForwardState::up) {
    ++facts.flaps;
    facts.up_since.reset();
  }
  if (state == ForwardState::up) facts.up_since = now;
  forward.state = state;
}

}  // namespace

ForwardSlot::ForwardSlot(Board& board, Forward& forward, const Pulse& pulse)
    : board_(board), forward_(forward), pulse_(pulse), status_(std::make_shared<const ForwardStatus>()) {}

void ForwardSlot::publish(ForwardStatus status, const std::function<void()>& seen) {
  status.detail = text::one_line(status.detail, detail_max);
  const Instant now = board_.clock_();
  std::shared_ptr<const ForwardStatus> next = std::make_shared<ForwardStatus>(std::move(status));
  if (board_.publishing_) board_.publishing_(*forward_.facts.traits, *next);
  {
    const std::lock_guard lock(board_.mutex_);
    status_.swap(next);
    auto best = status_->state;
    for (const auto* slot : forward_.slots) best = better(best, slot->status_->state);
    enter(forward_, best, now);
  }
  if (seen) seen();
  board_.review();
  if (board_.published_) board_.published_();
}

Board::Board(ReadyPolicy policy, ReadinessChanged changed, Clock clock)
    : clock_(std::move(clock)), policy_(policy), changed_(std::move(changed)), process_start_(clock_()) {}

Pulse& Board::add_pulse(std::string name) {
  const std::lock_guard lock(mutex_);
  return pulses_.emplace_back(std::move(name));
}

Board::~Board() = default;

ForwardSlot& Board::add_forward(ForwardTraits traits, const Pulse& pulse) {
  const Instant now = clock_();
  auto shared = std::make_shared<const ForwardTraits>(std::move(traits));
  const std::lock_guard lock(mutex_);
  auto forward =
      std::ranges::find(forwards_, shared->name, [](const auto& f) { return f.facts.traits->name; });
  if (forward == forwards_.end()) {
    forward = forwards_.emplace(forwards_.end());
    forward->facts.traits = std::move(shared);
    forward->facts.since = now;
  }
  auto& slot = slots_.emplace_back(*this, *forward, pulse);
  forward->slots.push_back(&slot);
  return slot;
}

EndpointSlot& Board::add_endpoint(std::string forward) { return endpoints_.emplace_back(std::move(forward)); }

// The session that is best off speaks for the forward.
ForwardFacts Board::facts_of(const ForwardSlot::Forward& forward, Steady::time_point now) const {
  std::optional<ForwardFacts> best;
  std::size_t up = 0;
  std::uint64_t attempts = 0;
  for (const auto* slot : forward.slots) {
    ForwardFacts facts = forward.facts;
    facts.watched_since = attendance_.since(now);
    facts.status = slot->status_;
    const auto received = slot->pulse_.last_received_.load(std::memory_order_relaxed);
    if (received != Pulse::none) facts.last_received = moment(received);
    attempts += facts.status->attempts;
    if (judge(facts, now).up) ++up;
    if (!best || is_better(judge(facts, now).state, judge(*best, now).state)) best = std::move(facts);
  }
  best->sessions = forward.slots.size();
  best->sessions_up = up;
  if (attempts != best->status->attempts) {
    auto all = std::make_shared<ForwardStatus>(*best->status);
    all->attempts = attempts;
    best->status = std::move(all);
  }
  return *std::move(best);
}

void Board::begin_draining() {
  draining_.store(true, std::memory_order_relaxed);
  review();
}

Facts Board::snapshot() const {
  Facts facts;
  facts.process_start = process_start_;
  facts.policy = policy_;
  facts.draining = draining_.load(std::memory_order_relaxed);
  facts.started = started_.load(std::memory_order_relaxed);
  if (clients_) facts.clients = clients_->counts();

  {
    const std::lock_guard lock(mutex_);
    facts.forwards.reserve(forwards_.size());
    const auto now = clock_().steady;
    facts.watched_since = attendance_.since(now);
    for (const auto& forward : forwards_) facts.forwards.push_back(facts_of(forward, now));
    for (const Pulse& pulse : pulses_) {
      const auto beat = pulse.last_beat_.load(std::memory_order_relaxed);
      if (beat != Pulse::none) facts.loops.push_back({.name = pulse.name_, .last_beat = moment(beat)});
    }
  }
  facts.now = clock_();
  return facts;
}

std::vector<EndpointFacts> Board::endpoints() const {
  std::vector<EndpointFacts> all;
  for (const EndpointSlot& endpoint : endpoints_) all.push_back(endpoint.facts());
  return all;
}

bool Board::has_client(std::uint64_t id) const {
  return std::ranges::any_of(endpoints_, [id](const EndpointSlot& endpoint) { return endpoint.has(id); });
}

bool Board::has_listener(std::string_view where) const {
  return std::ranges::any_of(endpoints_,
                             [&](const EndpointSlot& endpoint) { return endpoint.has_listener(where); });
}

void Board::attend() {
  const std::lock_guard lock(mutex_);
  attendance_.look(clock_().steady);
}

void Board::review() {
  Verdict verdict;
  {
    const std::lock_guard lock(review_mutex_);
    verdict = ready(snapshot());
    if (verdict.ok) started_.store(true, std::memory_order_relaxed);
    if (verdict.ok == ready_) return;
    ready_ = verdict.ok;
  }
  if (changed_) changed_(verdict);
}

}  // namespace towline::observe
