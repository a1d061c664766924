#include "observe/board.hpp"

#include <utility>

namespace towline::observe {

namespace {

Steady::rep ticks(Steady::time_point time) { return time.time_since_epoch().count(); }

Steady::time_point moment(Steady::rep ticks) { return Steady::time_point(Steady::duration(ticks)); }

}  // namespace

Pulse::Pulse(std::string name) : name_(std::move(name)) {}

void Pulse::beat(Steady::time_point now) { last_beat_.store(ticks(now), std::memory_order_relaxed); }

void Pulse::retire() { last_beat_.store(none, std::memory_order_relaxed); }

void Pulse::received(Steady::time_point now) { last_received_.store(ticks(now), std::memory_order_relaxed); }

ForwardSlot::ForwardSlot(Board& board, std::shared_ptr<const ForwardTraits> traits, const Pulse& pulse,
                         Instant now)
    : board_(board), pulse_(pulse) {
  facts_.traits = std::move(traits);
  facts_.status = std::make_shared<const ForwardStatus>();
  facts_.since = now;
}

void ForwardSlot::publish(ForwardStatus status) {
  const Instant now = board_.clock_();
  std::shared_ptr<const ForwardStatus> next = std::make_shared<ForwardStatus>(std::move(status));
  {
    const std::lock_guard lock(board_.mutex_);
    const bool was_up = facts_.status->state == ForwardState::up;
    const bool is_up = next->state == ForwardState::up;
    if (facts_.status->state != next->state) facts_.since = now;
    if (was_up && !is_up) {
      ++facts_.flaps;
      facts_.up_since.reset();
    }
    if (is_up && !was_up) facts_.up_since = now;
    facts_.status.swap(next);
  }
  board_.review();
}

Board::Board(ReadyPolicy policy, ReadinessChanged changed, Clock clock)
    : clock_(std::move(clock)), policy_(policy), changed_(std::move(changed)), process_start_(clock_()) {}

Pulse& Board::add_pulse(std::string name) {
  const std::lock_guard lock(mutex_);
  return pulses_.emplace_back(std::move(name));
}

ForwardSlot& Board::add_forward(ForwardTraits traits, const Pulse& pulse) {
  const Instant now = clock_();
  auto shared = std::make_shared<const ForwardTraits>(std::move(traits));
  const std::lock_guard lock(mutex_);
  return forwards_.emplace_back(*this, std::move(shared), pulse, now);
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

  {
    const std::lock_guard lock(mutex_);
    facts.forwards.reserve(forwards_.size());
    for (const ForwardSlot& slot : forwards_) {
      ForwardFacts& forward = facts.forwards.emplace_back(slot.facts_);
      const auto received = slot.pulse_.last_received_.load(std::memory_order_relaxed);
      if (received != Pulse::none) forward.last_received = moment(received);
    }
    for (const Pulse& pulse : pulses_) {
      const auto beat = pulse.last_beat_.load(std::memory_order_relaxed);
      if (beat != Pulse::none) facts.loops.push_back({.name = pulse.name_, .last_beat = moment(beat)});
    }
  }
  facts.now = clock_();
  return facts;
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
