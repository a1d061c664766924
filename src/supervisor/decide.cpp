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

// Why there is no point in another attempt.
std::optional<Ending> no_point(const ReconnectPolicy& policy, const Outcome& outcome) {
  const bool within_gate = policy.gate_time.count() > 0 && outcome.first_attempt && !outcome.was_up &&
                           outcome.spent <= policy.gate_time;
  if (policy.exit_on_host_key && outcome.permanent == Permanent::host_key) return Ending::host_key_refused;
  if (policy.exit_on_auth && outcome.permanent == Permanent::auth) return Ending::auth_refused;
  if (within_gate || out_of_starts(policy, outcome.attempts)) return Ending::gave_up;
  return std::nullopt;
}

}  // namespace

bool out_of_starts(const ReconnectPolicy& policy, int attempts) {
  return policy.max_start && attempts >= *policy.max_start;
}

Decision decide(const ReconnectPolicy& policy, const History& history, const Outcome& outcome,
                Milliseconds dead_peer_deadline, double random) {
  Decision decision{.history = remember(history, outcome, dead_peer_deadline), .retry = {}};
  if (const auto ending = no_point(policy, outcome)) {
    decision.ending = *ending;
    return decision;
  }
  const bool permanent = outcome.permanent != Permanent::no;
  decision.retry = next_delay(decision.history, permanent, policy.backoff_max, random);
  decision.history.outage += *decision.retry;
  return decision;
}

}  // namespace towline::supervisor
