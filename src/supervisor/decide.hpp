// What to do after a round of attempts or a session has ended. Pure.
#pragma once

#include "supervisor/backoff.hpp"
#include "supervisor/policy.hpp"

#include <optional>

namespace towline::supervisor {

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

}  // namespace towline::supervisor
