// Which of several servers the attempts of one session go to, and in which order. Pure.
#pragma once

#include "supervisor/policy.hpp"

#include <cstddef>
#include <optional>
#include <random>
#include <vector>

namespace towline::supervisor {

// A place in PoolOptions::servers.
using ServerIndex = std::size_t;

// Where a session is in its pool when a round of attempts begins. A round asks each server once, until one
// has a session to give; only after a round in vain is there a wait.
struct PoolPlace {
  RemoteSelect select = RemoteSelect::ordered;
  std::size_t servers = 1;
  ServerIndex home = 0;  // the session's own first server: sessions of one agent begin spread out
  std::optional<ServerIndex> last{};  // asked last; nothing: this is the first round
  // Gave us up too soon, or fell silent: asked again, but after all others.
  std::optional<ServerIndex> doubtful{};
  std::vector<bool> barred{};  // refused our key, or showed a wrong one, less than 30 s ago; empty: none
};

// The servers of the next round, in order; never empty.
//   ordered      home first, then those that follow it in the list, in circles. So it falls back to the first
//                as soon as the session elsewhere ends, unless the first is doubtful.
//   round_robin  the one after the last first
//   random       any order, but for the first round, which is `ordered`: who starts the sessions shuffles the
//                list once for all of them, and they are spread out
// Barred servers are left out while there are others.
std::vector<ServerIndex> next_round(const PoolPlace& place, std::mt19937_64& random);

}  // namespace towline::supervisor
