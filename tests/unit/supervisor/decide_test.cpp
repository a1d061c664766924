#include "supervisor/decide.hpp"

#include <gtest/gtest.h>

namespace towline::supervisor {
namespace {

using namespace std::chrono_literals;

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

TEST(Decide, a_session_that_was_not_stable_keeps_the_history_but_for_the_failures_in_a_row) {
  const History troubled{.failed_attempts = 7, .short_sessions = 2, .outage = 1s};
  const auto decision = after({.was_up = true, .up_time = 79999ms, .spent = 3s}, troubled);
  EXPECT_EQ(decision.history.failed_attempts, 0);
  EXPECT_EQ(decision.history.short_sessions, 3);
  EXPECT_EQ(decision.retry, 160ms);
  EXPECT_EQ(decision.history.outage, 1s + 3s + 160ms);
}

TEST(Decide, a_session_that_comes_up_and_goes_down_waits_twice_as_long_each_time) {
  History history;
  const Milliseconds expected[] = {40ms, 80ms, 160ms, 320ms, 640ms, 1280ms};
  for (const auto wait : expected) {
    const auto decision = after({.was_up = true, .up_time = 1s}, history);
    EXPECT_EQ(decision.retry, wait);
    history = decision.history;
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
