#include "observe/health.hpp"

#include "unit/observe/sample_facts.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace towline::observe {
namespace {

using testing::ElementsAre;

ForwardFacts up(std::string name) { return sample_forward(std::move(name), ForwardState::up); }

ForwardFacts down(std::string name, Reason reason = ConnectFailure::auth) {
  return sample_forward(std::move(name), ForwardState::backoff, reason);
}

TEST(Health, only_the_state_up_counts_as_up) {
  for (const ForwardState state : all<ForwardState>()) {
    const ForwardVerdict verdict = judge(sample_forward("a", state), sample_now().steady);
    EXPECT_EQ(verdict.up, state == ForwardState::up) << to_string(state);
    EXPECT_EQ(verdict.reason.label(), state == ForwardState::up ? "" : to_string(state));
  }
}

TEST(Health, a_silent_session_is_not_up_beyond_its_deadline) {
  struct Row {
    std::optional<Steady::duration> silent;
    std::optional<Steady::duration> deadline;
    bool up;
  };
  const Row rows[] = {
      {0s, 40s, true},          {40s, 40s, true},           {40s + 1ns, 40s, false},
      {1h, 40s, false},         {std::nullopt, 40s, false}, {1h, std::nullopt, true},
      {std::nullopt, {}, true},
  };
  for (const Row& row : rows) {
    ForwardFacts forward = up("a");
    configure(forward, [&](ForwardTraits& traits) { traits.rx_deadline = row.deadline; });
    forward.last_received.reset();
    if (row.silent) forward.last_received = sample_now().steady - *row.silent;
    const ForwardVerdict verdict = judge(forward, sample_now().steady);
    EXPECT_EQ(verdict.up, row.up);
    EXPECT_EQ(verdict.state, row.up ? ForwardState::up : ForwardState::degraded);
    EXPECT_EQ(verdict.reason.label(), row.up ? "" : "rx_timeout");
  }
}

TEST(Health, silence_from_before_somebody_was_there_to_hear_does_not_count) {
  struct Row {
    Steady::duration silent, watched;
    bool up;
  };
  const Row rows[] = {{70s, 0s, true}, {70s, 40s, true}, {70s, 41s, false}, {30s, 41s, true}};
  for (const Row& row : rows) {
    ForwardFacts forward = up("a");
    forward.last_received = sample_now().steady - row.silent;
    forward.watched_since = sample_now().steady - row.watched;
    EXPECT_EQ(judge(forward, sample_now().steady).up, row.up);
  }
}

TEST(Health, a_loop_is_not_stuck_that_had_no_chance_to_turn) {
  Facts facts = sample_facts({});
  facts.loops = {{.name = "main", .last_beat = sample_now().steady - 60s}};
  facts.watched_since = sample_now().steady - 10s;
  EXPECT_TRUE(live(facts).ok);
  facts.watched_since = sample_now().steady - 10s - 1ns;
  EXPECT_FALSE(live(facts).ok);
}

TEST(Health, the_policy_decides_how_many_must_be_up) {
  using Rule = ReadyPolicy::Rule;
  struct Row {
    ReadyPolicy policy;
    std::size_t up, down;
    bool ready;
  };
  const Row rows[] = {
      {{Rule::all, 0}, 2, 0, true},       {{Rule::all, 0}, 1, 1, false},
      {{Rule::all, 0}, 0, 0, true},       {{Rule::any, 0}, 1, 1, true},
      {{Rule::any, 0}, 0, 2, false},      {{Rule::any, 0}, 0, 0, true},
      {{Rule::at_least, 2}, 2, 1, true},  {{Rule::at_least, 2}, 1, 2, false},
      {{Rule::at_least, 0}, 0, 2, true},  {{Rule::at_least, 9}, 2, 0, true},
      {{Rule::at_least, 9}, 1, 1, false},
  };
  for (const Row& row : rows) {
    std::vector<ForwardFacts> forwards;
    for (std::size_t i = 0; i < row.up; ++i) forwards.push_back(up("u" + std::to_string(i)));
    for (std::size_t i = 0; i < row.down; ++i) forwards.push_back(down("d" + std::to_string(i)));
    Facts facts = sample_facts(std::move(forwards));
    facts.policy = row.policy;
    EXPECT_EQ(ready(facts).ok, row.ready)
        << static_cast<int>(row.policy.rule) << ' ' << row.policy.count << ' ' << row.up << ' ' << row.down;
  }
}

TEST(Health, an_optional_forward_does_not_count) {
  ForwardFacts optional = down("cache");
  configure(optional, [](ForwardTraits& traits) { traits.required = false; });
  EXPECT_TRUE(ready(sample_facts({up("db"), optional})).ok);
}

TEST(Health, an_excluded_forward_does_not_count) {
  const std::vector<std::string> excluded{"cache"};
  const Verdict verdict = ready(sample_facts({up("db"), down("cache")}), excluded);
  EXPECT_TRUE(verdict.ok);
  EXPECT_THAT(verdict.lines, ElementsAre("[+]forward/db up 42s", "[ ]forward/cache excluded"));
}

TEST(Health, the_verdict_names_the_first_forward_that_is_missing) {
  const Verdict verdict =
      ready(sample_facts({up("db"), down("cache"), down("web", SetupFailure::port_in_use)}));
  EXPECT_FALSE(verdict.ok);
  EXPECT_EQ(verdict.reason.label(), "auth");
  EXPECT_EQ(verdict.subject, "cache");
  EXPECT_EQ(verdict.summary, "reason=auth forward=cache");
}

TEST(Health, draining_is_not_ready_whatever_is_up) {
  Facts facts = sample_facts({up("db")});
  facts.draining = true;
  EXPECT_FALSE(ready(facts).ok);
  EXPECT_EQ(ready(facts).summary, "reason=draining");
  EXPECT_FALSE(forward_ready(facts.forwards[0], facts).ok);
}

TEST(Health, one_forward_is_judged_alone) {
  const Facts facts = sample_facts({up("db"), down("cache")});
  EXPECT_TRUE(forward_ready(facts.forwards[0], facts).ok);
  const Verdict verdict = forward_ready(facts.forwards[1], facts);
  EXPECT_FALSE(verdict.ok);
  EXPECT_EQ(verdict.summary, "reason=auth forward=cache");
}

TEST(Health, started_stays_started) {
  Facts facts = sample_facts({down("db")});
  EXPECT_FALSE(startup(facts).ok);
  facts.started = true;
  EXPECT_TRUE(startup(facts).ok);
  EXPECT_THAT(startup(facts).lines, ElementsAre("[-]forward/db backoff reason=auth"));
}

TEST(Health, the_network_does_not_kill) {
  EXPECT_TRUE(live(sample_facts({down("db")})).ok);
  EXPECT_TRUE(live(Facts{}).ok);
}

TEST(Health, a_stuck_loop_is_not_live) {
  Facts facts = sample_facts({up("db")});
  facts.loops[0].last_beat = facts.now.steady - 10s;
  EXPECT_TRUE(live(facts).ok);
  facts.loops.push_back({.name = "second", .last_beat = facts.now.steady - 12s});
  const Verdict verdict = live(facts);
  EXPECT_FALSE(verdict.ok);
  EXPECT_EQ(verdict.summary, "reason=internal loop=second");
  EXPECT_THAT(verdict.lines, ElementsAre("[+]loop/main turning", "[-]loop/second stuck for 12s"));
}

TEST(Health, nothing_is_ready_while_a_loop_is_stuck) {
  Facts facts = sample_facts({up("db")});
  facts.started = true;
  facts.loops[0].last_beat = facts.now.steady - 12s;
  const Verdict verdict = ready(facts);
  EXPECT_FALSE(verdict.ok);
  EXPECT_EQ(verdict.summary, live(facts).summary);
  EXPECT_THAT(verdict.lines, ElementsAre("[+]forward/db up 42s", "[-]loop/main stuck for 12s"));
  EXPECT_EQ(forward_ready(facts.forwards[0], facts).summary, "reason=internal loop=main");
  EXPECT_TRUE(startup(facts).ok);
}

TEST(Health, a_forward_whose_probe_failed_is_not_ready) {
  const ForwardFacts forward = sample_forward("db", ForwardState::degraded, ProbeFailure::http_status);
  EXPECT_EQ(ready(sample_facts({forward})).summary, "reason=http_status forward=db");
  EXPECT_EQ(describe(forward, sample_now().steady), "[-]forward/db degraded reason=http_status");
}

TEST(Health, a_line_says_what_an_operator_needs) {
  const auto now = sample_now();
  EXPECT_EQ(describe(up("db"), now.steady), "[+]forward/db up 42s");

  ForwardFacts waiting = down("cache");
  change(waiting,
         [&](ForwardStatus& status) { status.next_attempt = Instant{now.steady + 12s, now.wall + 12s}; });
  EXPECT_EQ(describe(waiting, now.steady), "[-]forward/cache backoff reason=auth next=12s");

  configure(waiting, [](ForwardTraits& traits) { traits.required = false; });
  EXPECT_EQ(describe(waiting, now.steady), "[-]forward/cache backoff reason=auth next=12s optional");
}

}  // namespace
}  // namespace towline::observe
