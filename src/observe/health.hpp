// Live, ready, started: facts in, verdicts out; pure.
#pragma once

#include "observe/facts.hpp"

#include <chrono>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace towline::observe {

// A loop that has not turned for this long is stuck. Loops beat once a second.
constexpr std::chrono::seconds heartbeat_deadline{10};

// How one forward stands, seen now: a forward that claims to be up but whose session has been silent beyond
// the dead-peer deadline is `degraded` with reason `rx_timeout`.
struct ForwardVerdict {
  std::string name;
  bool required = true;
  bool up = false;
  ForwardState state = ForwardState::resolving;
  Reason reason;  // never empty unless up
};

ForwardVerdict judge(const ForwardFacts& forward, Steady::time_point now);

// Of two sessions that carry a forward, the one in state `a` is nearer to being up.
bool is_better(ForwardState a, ForwardState b);
inline ForwardState better(ForwardState a, ForwardState b) { return is_better(a, b) ? a : b; }

struct Verdict {
  bool ok = true;
  Reason reason;                   // why not; nothing when ok
  std::string subject;             // the forward or loop that is the reason, may be empty
  std::vector<std::string> lines;  // "[+]forward/db up 42s", one per forward or loop

  // "reason=auth forward=main", or "ok".
  std::string summary;
};

// False only while a loop is stuck; the network has no say in it.
Verdict live(const Facts& facts);

// The policy over the required forwards that are not excluded holds, nothing is draining, and every loop
// turns: connections of one that stands stand too.
Verdict ready(const Facts& facts, std::span<const std::string> excluded = {});

// The same question about one forward, required or not.
Verdict forward_ready(const ForwardFacts& forward, const Facts& facts);

// True for ever after the first ready.
Verdict startup(const Facts& facts);

// "[-]forward/cache backoff reason=auth next=12s"
std::string describe(const ForwardFacts& forward, Steady::time_point now);

}  // namespace towline::observe
