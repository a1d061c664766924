#include "supervisor/decide.hpp"

#include <gtest/gtest.h>

#include <algorithm>

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
                      {{.failed_attempts = 0, .short_sessions = 7, .outage = 0ms}, 2560ms},
                      {{.failed_attempts = 0, .short_sessions = 8, .outage = 0ms}, 3s},
                      {{.failed_attempts = 0, .short_sessions = 1'000'000, .outage = 1h}, 3s},
                      // Both: the longer of the two.
                      {{.failed_attempts = 1, .short_sessions = 8, .outage = 4s}, 3s},
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
    EXPECT_EQ(longest({.failed_attempts = 0, .short_sessions = 50, .outage = 0ms}, max),
              std::min<Milliseconds>(max, 3s));
  }
}

TEST(Backoff, jitter_is_full) {
  const History history{.failed_attempts = 9, .short_sessions = 0, .outage = 40s};
  EXPECT_EQ(next_delay(history, false, 60s, 0.0), 0ms);
  EXPECT_EQ(next_delay(history, false, 60s, 0.5), 5s);
  EXPECT_LE(next_delay(history, false, 60s, largest), 10s);
  EXPECT_LT(next_delay({}, false, 60s, largest), 40ms);
}

TEST(Backoff, sessions_that_are_lost_again_and_again_are_tried_for_some_25_times_a_minute) {
  const History flapping{.failed_attempts = 0, .short_sessions = 20, .outage = 0ms};
  EXPECT_EQ(next_delay(flapping, false, 60s, 0.0), 1500ms);
  EXPECT_EQ(next_delay(flapping, false, 60s, 0.5), 2250ms);
  EXPECT_LE(next_delay(flapping, false, 60s, largest), 3s);
  EXPECT_EQ(next_delay({.failed_attempts = 0, .short_sessions = 2, .outage = 0ms}, false, 60s, 0.0), 40ms);
  EXPECT_EQ(next_delay({.failed_attempts = 0, .short_sessions = 1, .outage = 0ms}, false, 60s, 0.0), 0ms)
      << "the first loss is no reason to wait";
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

constexpr Milliseconds deadline = 40s;

Decision after(const Outcome& outcome, const History& history = {}, const ReconnectPolicy& policy = {}) {
  return decide(policy, history, outcome, deadline, 1.0);
}

TEST(Decide, retries_for_ever_by_default) {
  History history;
  for (int attempt = 1; attempt <= 1000; ++attempt) {
    const auto decision = decide({}, history, {.spent = 15s, .first_attempt = attempt == 1}, deadline, 1.0);
    ASSERT_TRUE(decision.retry) << attempt;
    EXPECT_LE(*decision.retry, 60s);
    history = decision.history;
    EXPECT_EQ(history.failed_attempts, attempt);
  }
}

TEST(Decide, an_outage_is_the_attempts_and_the_waits_between_them) {
  const auto first = after({.spent = 2s});
  EXPECT_EQ(first.retry, 500ms);
  EXPECT_EQ(first.history.outage, 2500ms);
  const auto second = after({.spent = 2s}, first.history);
  EXPECT_EQ(second.retry, 1125ms);
  EXPECT_EQ(second.history.outage, 2500ms + 2s + 1125ms);
}

TEST(Decide, no_wait_adds_more_than_a_quarter_to_an_outage) {
  History history;
  for (int attempt = 0; attempt < 50; ++attempt) {
    const auto decision = after({.spent = 1s}, history);
    const auto outage = history.outage + 1s;
    EXPECT_LE(*decision.retry, std::max<Milliseconds>(500ms, outage / 4));
    history = decision.history;
  }
}

TEST(Decide, a_stable_session_forgets_everything) {
  const History troubled{.failed_attempts = 7, .short_sessions = 5, .outage = 10min};
  const auto decision = after({.was_up = true, .up_time = 80s}, troubled);
  EXPECT_EQ(decision.history.failed_attempts, 0);
  EXPECT_EQ(decision.history.short_sessions, 0);
  EXPECT_EQ(decision.history.outage, *decision.retry);
  EXPECT_EQ(decision.retry, 40ms);
}

TEST(Decide, a_session_that_was_not_stable_ends_the_outage_and_is_remembered) {
  const History troubled{.failed_attempts = 7, .short_sessions = 2, .outage = 1h};
  const auto decision = after({.was_up = true, .up_time = 79999ms, .spent = 3s}, troubled);
  EXPECT_EQ(decision.history.failed_attempts, 0);
  EXPECT_EQ(decision.history.short_sessions, 3);
  EXPECT_EQ(decision.retry, 160ms);
  EXPECT_EQ(decision.history.outage, 3s + 160ms);
}

TEST(Decide, a_session_that_comes_up_and_goes_down_waits_twice_as_long_each_time) {
  History history;
  const Milliseconds expected[] = {40ms, 80ms, 160ms, 320ms, 640ms, 1280ms, 2560ms, 3s, 3s, 3s};
  for (const auto wait : expected) {
    const auto decision = after({.was_up = true, .up_time = 1s}, history);
    EXPECT_EQ(decision.retry, wait);
    history = decision.history;
  }
}

// Each of them logs in, whatever happened in between.
TEST(Decide, after_a_session_the_next_attempt_is_a_few_seconds_away_however_often_it_is_lost) {
  History history;
  for (int round = 0; round < 1000; ++round) {
    const auto lost = after({.was_up = true, .up_time = 1s}, history);
    EXPECT_LE(*lost.retry, 3s);
    const auto failed = after({.spent = 1s}, lost.history);
    EXPECT_LE(*failed.retry, 3s);
    history = failed.history;
  }
}

TEST(Decide, permanent_failures_wait_and_do_not_give_up) {
  const auto decision = after({.spent = 1s, .permanent = Permanent::auth});
  EXPECT_EQ(decision.retry, 30500ms);
}

TEST(Decide, gives_up_only_where_the_first_attempt_fails_within_the_gate_time) {
  struct Row {
    Milliseconds gate;
    Outcome outcome;
    bool retries;
  };
  const Row rows[] = {
      {0s, {.spent = 1s, .first_attempt = true}, true},
      {30s, {.spent = 1s, .first_attempt = true}, false},
      {30s, {.spent = 30s, .first_attempt = true}, false},
      {30s, {.spent = 30001ms, .first_attempt = true}, true},
      {30s, {.spent = 1s, .permanent = Permanent::auth, .first_attempt = true}, false},
      {30s, {.spent = 1s, .first_attempt = false}, true},
      {30s, {.was_up = true, .up_time = 1s, .first_attempt = true}, true},
  };
  for (const auto& row : rows) {
    const auto decision = after(row.outcome, {}, {.backoff_max = 60s, .gate_time = row.gate});
    EXPECT_EQ(decision.retry.has_value(), row.retries)
        << row.gate.count() << " " << row.outcome.spent.count();
  }
}

TEST(Decide, gives_up_after_so_many_starts) {
  const ReconnectPolicy policy{.max_start = 3};
  EXPECT_TRUE(after({.attempts = 2}, {}, policy).retry);
  EXPECT_FALSE(after({.attempts = 3}, {}, policy).retry);
  EXPECT_EQ(after({.attempts = 3}, {}, policy).ending, Ending::gave_up);
  EXPECT_FALSE(after({.was_up = true, .up_time = 1h, .attempts = 3}, {}, policy).retry);
}

TEST(Decide, a_refusal_ends_it_only_where_that_was_asked_for) {
  const ReconnectPolicy host_key{.exit_on_host_key = true};
  const ReconnectPolicy auth{.exit_on_auth = true};
  EXPECT_EQ(after({.permanent = Permanent::host_key}, {}, host_key).ending, Ending::host_key_refused);
  EXPECT_FALSE(after({.permanent = Permanent::host_key}, {}, host_key).retry);
  EXPECT_TRUE(after({.permanent = Permanent::auth}, {}, host_key).retry);
  EXPECT_FALSE(after({.permanent = Permanent::auth}, {}, auth).retry);
  EXPECT_EQ(after({.permanent = Permanent::auth}, {}, auth).ending, Ending::auth_refused);
  EXPECT_TRUE(after({.permanent = Permanent::other}, {}, auth).retry);
}

TEST(Decide, the_maximum_is_the_policys) {
  const History long_outage{.failed_attempts = 20, .short_sessions = 0, .outage = 1h};
  EXPECT_EQ(after({}, long_outage, {.backoff_max = 5s, .gate_time = 0s}).retry, 5s);
}

}  // namespace
}  // namespace towline::supervisor
