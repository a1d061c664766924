// Which new clients are turned away while too many others are still logging in. Pure.
#pragma once

#include "ssh/auth/server/options.hpp"

namespace towline::ssh {

// The percentage of new clients that are turned away while `waiting` others are logging in: sshd's
// MaxStartups begin:rate:full, "random early drop": none below begin, rate percent at it, rising to all at
// full.
constexpr unsigned turned_away_percent(const StartOptions& options, unsigned waiting) {
  if (waiting < options.begin) return 0;
  if (waiting >= options.full || options.rate >= 100) return 100;
  return options.rate + (100 - options.rate) * (waiting - options.begin) / (options.full - options.begin);
}

// `chance`: any number, evenly spread, of a generator that strangers cannot foresee.
constexpr bool is_turned_away(const StartOptions& options, unsigned waiting, unsigned chance) {
  return chance % 100 < turned_away_percent(options, waiting);
}

}  // namespace towline::ssh
