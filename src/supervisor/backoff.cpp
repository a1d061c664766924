#include "supervisor/backoff.hpp"

#include <algorithm>

namespace towline::supervisor {

namespace {

// After the loss of a session: enough to spread the many clients of a server that restarts, too short to be
// noticed. Doubled for each short session, so that five losses in a row are still repaired within a second
// each.
constexpr Milliseconds loss_ceiling{40};
// After a failed attempt: the least that is fair to a server in trouble.
constexpr Milliseconds failure_ceiling{500};
// sshd answers repeated failures with penalties and bans; a person has to act anyway.
constexpr Milliseconds permanent_floor{30'000};
constexpr int doublings_max = 16;

Milliseconds ceiling(const History& history) {
  const auto flapping = loss_ceiling * (1 << std::clamp(history.short_sessions - 1, 0, doublings_max));
  if (history.failed_attempts == 0) return flapping;
  return std::max({failure_ceiling, flapping, history.outage / 4});
}

}  // namespace

Milliseconds stable_after(Milliseconds dead_peer_deadline) {
  return std::max<Milliseconds>(std::chrono::seconds{30}, 2 * dead_peer_deadline);
}

Milliseconds next_delay(const History& history, bool permanent, Milliseconds max, double random) {
  const auto top = std::min(ceiling(history), max);
  const auto jitter = Milliseconds{static_cast<Milliseconds::rep>(static_cast<double>(top.count()) * random)};
  return permanent ? permanent_floor + jitter : jitter;
}

}  // namespace towline::supervisor
