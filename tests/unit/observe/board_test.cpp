#include "observe/board.hpp"

#include "unit/observe/sample_facts.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace towline::observe {
namespace {

using testing::ElementsAre;

class BoardTest : public testing::Test {
 protected:
  static ForwardStatus in(ForwardState state) {
    ForwardStatus status;
    status.state = state;
    return status;
  }

  void come_up() {
    pulse_.received(now_.steady);
    slot_.publish(in(ForwardState::up));
  }

  void pass(Steady::duration time) {
    now_.steady += time;
    now_.wall += std::chrono::duration_cast<Wall::duration>(time);
  }

  ForwardFacts facts() const { return board_.snapshot().forwards.at(0); }

  Instant now_ = sample_now();
  std::vector<std::string> changes_;
  Board board_{
      {}, [this](const Verdict& verdict) { changes_.push_back(verdict.summary); }, [this] { return now_; }};
  Pulse& pulse_ = board_.add_pulse("main");
  ForwardSlot& slot_ = board_.add_forward(sample_traits("db"), pulse_);
};

TEST_F(BoardTest, a_forward_begins_down_and_never_heard_of) {
  EXPECT_EQ(facts().status->state, ForwardState::resolving);
  EXPECT_FALSE(facts().last_received);
  EXPECT_FALSE(facts().up_since);
  EXPECT_EQ(facts().since.steady, now_.steady);
}

TEST_F(BoardTest, clients_are_told_of_where_there_is_an_endpoint) {
  ClientSessions clients;
  EXPECT_FALSE(board_.snapshot().clients);
  board_.tell_of(clients);
  clients.add(sample_algorithms());
  EXPECT_EQ(board_.snapshot().clients, (ClientCounts{{sample_algorithms(), 1}}));
}

TEST_F(BoardTest, the_time_of_a_state_is_that_of_its_beginning) {
  pass(1s);
  slot_.publish(in(ForwardState::connecting));
  pass(1s);
  ForwardStatus same = in(ForwardState::connecting);
  same.attempts = 2;
  slot_.publish(same);
  EXPECT_EQ(facts().since.steady, now_.steady - 1s);
  EXPECT_EQ(facts().status->attempts, 2U);
}

TEST_F(BoardTest, leaving_up_is_a_flap_and_ends_the_period) {
  come_up();
  EXPECT_EQ(facts().up_since->steady, now_.steady);
  slot_.publish(in(ForwardState::backoff));
  EXPECT_FALSE(facts().up_since);
  come_up();
  slot_.publish(in(ForwardState::up));
  slot_.publish(in(ForwardState::stopped));
  EXPECT_EQ(facts().flaps, 2U);
}

TEST_F(BoardTest, signs_of_life_reach_the_snapshot) {
  EXPECT_TRUE(board_.snapshot().loops.empty());
  pulse_.beat(now_.steady);
  pulse_.received(now_.steady - 2s);
  const Facts facts = board_.snapshot();
  ASSERT_EQ(facts.loops.size(), 1U);
  EXPECT_EQ(facts.loops[0].name, "main");
  EXPECT_EQ(facts.loops[0].last_beat, now_.steady);
  EXPECT_EQ(facts.forwards[0].last_received, now_.steady - 2s);
}

TEST_F(BoardTest, a_retired_loop_is_not_expected_to_beat) {
  pulse_.beat(now_.steady);
  pulse_.retire();
  EXPECT_TRUE(board_.snapshot().loops.empty());
}

TEST_F(BoardTest, readiness_changes_are_told_once) {
  come_up();
  come_up();
  ForwardStatus refused = in(ForwardState::backoff);
  refused.reason = ConnectFailure::refused;
  slot_.publish(refused);
  slot_.publish(refused);
  EXPECT_THAT(changes_, ElementsAre("ok", "reason=refused forward=db"));
}

TEST_F(BoardTest, a_deadline_that_passes_is_found_by_a_review) {
  come_up();
  pass(41s);
  board_.review();
  EXPECT_THAT(changes_, ElementsAre("ok", "reason=rx_timeout forward=db"));
}

TEST_F(BoardTest, a_process_that_was_stopped_hears_a_session_before_it_is_silent) {
  come_up();
  pulse_.beat(now_.steady);
  for (int i = 0; i < 3; ++i) {
    board_.attend();
    pass(1s);
  }
  pass(60s);
  EXPECT_TRUE(judge(facts(), now_.steady).up);
  EXPECT_TRUE(live(board_.snapshot()).ok);
  for (int i = 0; i < 11; ++i) {
    board_.attend();
    pass(1s);
  }
  EXPECT_FALSE(live(board_.snapshot()).ok) << "it had its chance";
  for (int i = 0; i < 30; ++i) {
    board_.attend();
    pass(1s);
  }
  EXPECT_FALSE(judge(facts(), now_.steady).up);
}

TEST_F(BoardTest, the_first_ready_latches_started) {
  EXPECT_FALSE(board_.snapshot().started);
  come_up();
  slot_.publish(in(ForwardState::backoff));
  EXPECT_TRUE(board_.snapshot().started);
}

TEST_F(BoardTest, draining_ends_readiness_at_once) {
  come_up();
  board_.begin_draining();
  EXPECT_TRUE(board_.snapshot().draining);
  EXPECT_THAT(changes_, ElementsAre("ok", "reason=draining"));
}

TEST_F(BoardTest, a_listener_may_look_at_the_board) {
  Board board({}, [&](const Verdict&) { board_.snapshot(); });
  Pulse& pulse = board.add_pulse("x");
  pulse.received(Steady::now());
  board.add_forward(sample_traits("a"), pulse).publish(in(ForwardState::up));
  EXPECT_TRUE(board.snapshot().started);
}

// The same forward on two sessions.
class BoardOfTwoTest : public BoardTest {
 protected:
  Pulse& other_pulse_ = board_.add_pulse("other");
  ForwardSlot& other_ = board_.add_forward(sample_traits("db"), other_pulse_);
};

TEST_F(BoardOfTwoTest, a_forward_is_up_while_any_of_its_sessions_is) {
  come_up();
  EXPECT_EQ(board_.snapshot().forwards.size(), 1U);
  EXPECT_EQ(facts().sessions, 2U);
  EXPECT_EQ(facts().sessions_up, 1U);
  other_pulse_.received(now_.steady);
  other_.publish(in(ForwardState::up));
  EXPECT_EQ(facts().sessions_up, 2U);
  pass(1s);
  slot_.publish(in(ForwardState::backoff));
  EXPECT_EQ(facts().status->state, ForwardState::up);
  EXPECT_EQ(facts().since.steady, now_.steady - 1s);
  EXPECT_EQ(facts().flaps, 0U);
  other_.publish(in(ForwardState::connecting));
  EXPECT_EQ(facts().status->state, ForwardState::connecting) << "it is nearer to being up";
  EXPECT_EQ(facts().flaps, 1U);
}

TEST_F(BoardOfTwoTest, a_silent_session_is_made_up_for_by_one_that_is_heard) {
  come_up();
  other_.publish(in(ForwardState::up));
  pass(41s);
  other_pulse_.received(now_.steady);
  EXPECT_EQ(facts().last_received, now_.steady);
  EXPECT_EQ(facts().sessions_up, 1U);
  board_.review();
  EXPECT_THAT(changes_, ElementsAre("ok"));
}

TEST_F(BoardOfTwoTest, attempts_are_those_of_all_sessions) {
  auto status = in(ForwardState::backoff);
  status.attempts = 3;
  slot_.publish(status);
  status.attempts = 4;
  other_.publish(status);
  EXPECT_EQ(facts().status->attempts, 7U);
}

TEST(Board, is_read_while_sessions_publish) {
  Board board;
  std::vector<ForwardSlot*> slots;
  std::vector<Pulse*> pulses;
  for (int i = 0; i < 3; ++i) {
    pulses.push_back(&board.add_pulse("p" + std::to_string(i)));
    slots.push_back(&board.add_forward(sample_traits("f" + std::to_string(i)), *pulses.back()));
  }
  std::atomic<int> left = 3;
  std::vector<std::jthread> sessions;
  for (int i = 0; i < 3; ++i) {
    sessions.emplace_back([&, i] {
      for (int n = 0; n < 300; ++n) {
        ForwardStatus status;
        status.state = n % 2 == 0 ? ForwardState::up : ForwardState::backoff;
        pulses[i]->received(Steady::now());
        pulses[i]->beat(Steady::now());
        slots[i]->publish(std::move(status));
      }
      --left;
    });
  }
  while (left > 0) EXPECT_EQ(board.snapshot().forwards.size(), 3U);
  sessions.clear();
  for (const auto& forward : board.snapshot().forwards) EXPECT_EQ(forward.flaps, 150U);
}

}  // namespace
}  // namespace towline::observe
