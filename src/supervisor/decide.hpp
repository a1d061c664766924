// What to do after an attempt or a session has ended. Pure.
#pragma once

#include "supervisor/backoff.hpp"
#include "supervisor/policy.hpp"

#include <optional>

namespace towline::supervisor {

struct Outcome {
  bool was_up = false;         // a session existed
  Milliseconds up_time{0};     // its life, if it did
  Milliseconds spent{0};       // time without a session that this outcome adds
  bool permanent = false;      // see ssh::is_permanent
  bool first_attempt = false;  // of the process
};

struct Decision {
  History history;                    // to be remembered
  std::optional<Milliseconds> retry;  // after this long; nothing: give up
};

Decision decide(const ReconnectPolicy& policy, const History& history, const Outcome& outcome,
                Milliseconds dead_peer_deadline, double random);

}  // namespace towline::supervisor
