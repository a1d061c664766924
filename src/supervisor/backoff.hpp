// How long to wait before the next attempt. Pure.
#pragma once

#include <chrono>

namespace towline::supervisor {

using Milliseconds = std::chrono::milliseconds;

// What has happened since a session last proved stable.
struct History {
  int failed_attempts = 0;  // in a row: the current outage
  int short_sessions = 0;   // came up and were lost before they proved stable
  Milliseconds outage{0};   // time without a session, all such outages together
};

// A session has proved stable, and the history is forgotten, after this long: "connected" is not "healthy".
Milliseconds stable_after(Milliseconds dead_peer_deadline);

// Full jitter: `random` in [0, 1) times a ceiling. The first attempt after a loss comes at once; sessions
// that come up and go down double that little again and again. While attempts fail, the ceiling is a quarter
// of the outage so far, which grows exponentially with the attempts and yet never adds more than that quarter
// to anyone's outage. Never above `max`. Host keys and authentication (`permanent`) are looked at again after
// 30 s at the earliest.
Milliseconds next_delay(const History& history, bool permanent, Milliseconds max, double random);

}  // namespace towline::supervisor
