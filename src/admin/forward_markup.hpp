// One forward on the page for people, at the length there is room for; pure.
#pragma once

#include "admin/view.hpp"
#include "observe/health.hpp"

#include <string>
#include <string_view>

namespace towline::admin {

// A forward and what is to be said of it.
struct ForwardSight {
  const observe::ForwardFacts* facts;  // of the view it is from
  observe::ForwardVerdict verdict;
  observe::ForwardTotals totals;
};

ForwardSight sight(const observe::ForwardFacts& facts, const View& view);

// Of the page's style. A step on the way is as bad as what went wrong last.
std::string_view colour(const ForwardSight& forward);

// "backoff for 42s", with its dot.
std::string state_for(const ForwardSight& forward, const observe::Instant& now);

// Which side listens and where a connection comes out: "localhost:8080 on the server → web:80 from here".
std::string way(const ForwardSight& forward);

// Counters, the last probe and what else is its own.
std::string facts_list(const ForwardSight& forward, const observe::Instant& now);

// Two lines, and the facts for whoever opens it.
std::string folded(const ForwardSight& forward, const observe::Instant& now);

// One line as ssh would be told it: "web -L 127.0.0.1:8080 → web:80".
std::string line(const ForwardSight& forward);

}  // namespace towline::admin
