// What to do after a round of attempts or a session has ended, and how long to wait before the next. Pure.
#pragma once

#include "supervisor/policy.hpp"

#include <chrono>
#include <optional>

namespace towline::supervisor {

using Milliseconds = std::chrono::milliseconds;

// What has happened since a session last proved stable.
struct History {
  int failed_attempts = 0;  // in a row: the current outage
  int short_sessions = 0;   // came up and were lost before they proved stable
  Milliseconds outage{0};   // time without a session since the last one
};

// Why a supervisor does not go on.
enum class Ending {
  stopped,           // it was told to
  lifetime_over,     // AUTOSSH_MAXLIFETIME
  gave_up,           // AUTOSSH_GATETIME, AUTOSSH_MAXSTART
  host_key_refused,  // and TOWLINE_EXIT_ON has it
  auth_refused,      // and TOWLINE_EXIT_ON has it
  cannot_listen,
};

// What a server did that a retry cannot cure; see ssh::is_permanent.
enum class Permanent { no, host_key, auth, other };

// A round asks each server of the pool once, until one has a session to give.
struct Outcome {
  bool was_up = false;                  // a session existed
  Milliseconds up_time{0};              // its life, if it did
  Milliseconds spent{0};                // time without a session that this outcome adds
  Permanent permanent = Permanent::no;  // every server of the round refused for good: why the last did
  bool first_attempt = false;           // the first round of the process
  int attempts = 0;                     // handshakes begun since the start of the process
};

struct Decision {
  History history;                    // to be remembered
  std::optional<Milliseconds> retry;  // after this long; nothing: give up
  Ending ending = Ending::gave_up;    // if so
};

Decision decide(const ReconnectPolicy& policy, const History& history, const Outcome& outcome,
                Milliseconds dead_peer_deadline, double random);

// AUTOSSH_MAXSTART forbids another attempt.
bool out_of_starts(const ReconnectPolicy& policy, int attempts);

// A session has proved stable, and the history is forgotten, after this long: "connected" is not "healthy".
Milliseconds stable_after(Milliseconds dead_peer_deadline);

// Jitter: `random` in [0, 1) times a ceiling. The first attempt after a loss comes at once; sessions that
// come up and go down double that little again and again, up to 3 s, and then half of it is certain. While
// attempts fail, the ceiling is a quarter of the outage so far, which grows exponentially with the attempts
// and yet never adds more than that quarter to anyone's outage. Never above `max`. Host keys and
// authentication (`permanent`) are looked at again after 30 s at the earliest.
Milliseconds next_delay(const History& history, bool permanent, Milliseconds max, double random);

}  // namespace towline::supervisor
