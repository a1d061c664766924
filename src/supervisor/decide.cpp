#include "supervisor/decide.hpp"

namespace towline::supervisor {

namespace {

History remember(History history, const Outcome& outcome, Milliseconds dead_peer_deadline) {
  if (!outcome.was_up) {
    ++history.failed_attempts;
    history.outage += outcome.spent;
    return history;
  }
  if (outcome.up_time >= stable_after(dead_peer_deadline)) return History{};
  history.failed_attempts = 0;
  ++history.short_sessions;
  history.outage += outcome.spent;
  return history;
}

}  // namespace

Decision decide(const ReconnectPolicy& policy, const History& history, const Outcome& outcome,
                Milliseconds dead_peer_deadline, double random) {
  Decision decision{.history = remember(history, outcome, dead_peer_deadline), .retry = {}};
  const bool within_gate = policy.gate_time.count() > 0 && outcome.first_attempt && !outcome.was_up &&
                           outcome.spent <= policy.gate_time;
  if (within_gate) return decision;
  decision.retry = next_delay(decision.history, outcome.permanent, policy.backoff_max, random);
  decision.history.outage += *decision.retry;
  return decision;
}

}  // namespace towline::supervisor
