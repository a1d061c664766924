#include "supervisor/backoff.hpp"

#include <gtest/gtest.h>

namespace towline::supervisor {
namespace {

using namespace std::chrono_literals;

constexpr double largest = 0.999999999;

// The longest wait; jitter only shortens it.
Milliseconds longest(const History& history, Milliseconds max = 60s) {
  return next_delay(history, false, max, 1.0);
}

TEST(Backoff, grows_with_the_outage_and_with_flapping) {
  struct Row {
    History history;
    Milliseconds longest;
  };
  const Row rows[] = {// A stable session is lost, or one that was not, for the first time: at once.
                      {{}, 40ms},
                      {{.failed_attempts = 0, .short_sessions = 1, .outage = 0ms}, 40ms},
                      {{.failed_attempts = 0, .short_sessions = 1, .outage = 1h}, 40ms},
                      // A quarter of the outage.
                      {{.failed_attempts = 1, .short_sessions = 0, .outage = 0ms}, 500ms},
                      {{.failed_attempts = 1, .short_sessions = 0, .outage = 1999ms}, 500ms},
                      {{.failed_attempts = 2, .short_sessions = 0, .outage = 4s}, 1s},
                      {{.failed_attempts = 9, .short_sessions = 0, .outage = 40s}, 10s},
                      {{.failed_attempts = 99, .short_sessions = 0, .outage = 4min}, 60s},
                      {{.failed_attempts = 99, .short_sessions = 0, .outage = 24h}, 60s},
                      // Sessions that come up and go down.
                      {{.failed_attempts = 0, .short_sessions = 2, .outage = 0ms}, 80ms},
                      {{.failed_attempts = 0, .short_sessions = 5, .outage = 0ms}, 640ms},
                      {{.failed_attempts = 0, .short_sessions = 6, .outage = 0ms}, 1280ms},
                      {{.failed_attempts = 0, .short_sessions = 12, .outage = 0ms}, 60s},
                      {{.failed_attempts = 0, .short_sessions = 1'000'000, .outage = 0ms}, 60s},
                      // Both: the longer of the two.
                      {{.failed_attempts = 1, .short_sessions = 8, .outage = 4s}, 5120ms},
                      {{.failed_attempts = 1, .short_sessions = 3, .outage = 40s}, 10s},
                      {{.failed_attempts = 1, .short_sessions = 1, .outage = 0ms}, 500ms}};
  for (const auto& row : rows) {
    EXPECT_EQ(longest(row.history), row.longest)
        << row.history.failed_attempts << " " << row.history.short_sessions << " "
        << row.history.outage.count();
  }
}

TEST(Backoff, is_never_above_its_maximum) {
  for (const auto max : {0ms, 1ms, 50ms, 300ms, 5000ms}) {
    EXPECT_LE(longest({}, max), max);
    EXPECT_EQ(longest({.failed_attempts = 9, .short_sessions = 0, .outage = 1h}, max), max);
    EXPECT_EQ(longest({.failed_attempts = 0, .short_sessions = 50, .outage = 0ms}, max), max);
  }
}

TEST(Backoff, jitter_is_full) {
  const History history{.failed_attempts = 9, .short_sessions = 0, .outage = 40s};
  EXPECT_EQ(next_delay(history, false, 60s, 0.0), 0ms);
  EXPECT_EQ(next_delay(history, false, 60s, 0.5), 5s);
  EXPECT_LE(next_delay(history, false, 60s, largest), 10s);
  EXPECT_LT(next_delay({}, false, 60s, largest), 40ms);
}

TEST(Backoff, what_needs_a_person_is_looked_at_again_after_thirty_seconds_at_the_earliest) {
  EXPECT_EQ(next_delay({}, true, 60s, 0.0), 30s);
  EXPECT_EQ(next_delay({.failed_attempts = 9, .short_sessions = 0, .outage = 40s}, true, 60s, 0.5), 35s);
  EXPECT_EQ(next_delay({.failed_attempts = 9, .short_sessions = 0, .outage = 1h}, true, 60s, 1.0), 90s);
  EXPECT_GE(next_delay({}, true, 1s, 0.0), 30s) << "a short maximum is for what cures itself";
}

TEST(Backoff, a_session_is_stable_after_thirty_seconds_or_twice_the_dead_peer_deadline) {
  EXPECT_EQ(stable_after(0ms), 30s);
  EXPECT_EQ(stable_after(15s), 30s);
  EXPECT_EQ(stable_after(15001ms), 30002ms);
  EXPECT_EQ(stable_after(40s), 80s);
}

}  // namespace
}  // namespace towline::supervisor
