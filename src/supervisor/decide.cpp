#include "supervisor/decide.hpp"

#include <algorithm>

namespace towline::supervisor {

namespace {

// After the loss of a session: enough to spread the many clients of a server that restarts, too short to be
// noticed. Doubled for each short session, so that five losses in a row are still repaired within a second
// each, and no further than to some 25 logins a minute: whoever lets us in is not to be feared, and sshd's
// PerSourcePenalties and bans count those who fail.
constexpr Milliseconds loss_ceiling{40};
constexpr Milliseconds flapping_ceiling{3'000};
// After a failed attempt: the least that is fair to a server in trouble.
constexpr Milliseconds failure_ceiling{500};
// sshd answers repeated failures with penalties and bans; a person has to act anyway.
constexpr Milliseconds permanent_floor{30'000};
constexpr int doublings_max = 16;

Milliseconds ceiling(const History& history) {
  const auto doubled = loss_ceiling * (1 << std::clamp(history.short_sessions - 1, 0, doublings_max));
  const auto flapping = std::min(doubled, flapping_ceiling);
  if (history.failed_attempts == 0) return flapping;
  return std::max({failure_ceiling, flapping, history.outage / 4});
}

// A server whose sessions end again and again is left alone for a moment at least.
Milliseconds floor(const History& history, Milliseconds ceiling) {
  return history.failed_attempts == 0 && history.short_sessions > 1 ? ceiling / 2 : Milliseconds{0};
}

History remember(History history, const Outcome& outcome, Milliseconds dead_peer_deadline) {
  if (!outcome.was_up) {
    ++history.failed_attempts;
    history.outage += outcome.spent;
    return history;
  }
  if (outcome.up_time >= stable_after(dead_peer_deadline)) return History{};
  return {.failed_attempts = 0, .short_sessions = history.short_sessions + 1, .outage = outcome.spent};
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

Milliseconds stable_after(Milliseconds dead_peer_deadline) {
  return std::max<Milliseconds>(std::chrono::seconds{30}, 2 * dead_peer_deadline);
}

Milliseconds next_delay(const History& history, bool permanent, Milliseconds max, double random) {
  const auto top = std::min(ceiling(history), max);
  const auto least = floor(history, top);
  const auto span = static_cast<double>((top - least).count());
  const auto delay = least + Milliseconds{static_cast<Milliseconds::rep>(span * random)};
  return permanent ? permanent_floor + delay : delay;
}

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
