#include "ssh/connection/keepalive.hpp"

#include <gtest/gtest.h>

#include <string>

namespace towline::ssh::connection {
namespace {

using namespace std::chrono_literals;

// Seconds on the clock instead of time points.
struct Watch {
  explicit Watch(KeepaliveOptions options) : keepalive(options) {}

  Keepalive::Step at(std::chrono::milliseconds now) { return keepalive.step(start + now, start + heard); }

  // "send", "missed send", "missed dead", "" and the next time to ask.
  std::string said(std::chrono::milliseconds now) {
    const auto step = at(now);
    std::string words = step.missed ? "missed " : "";
    if (step.send) words += "send ";
    if (step.dead) words += "dead ";
    if (step.next == Keepalive::Clock::time_point::max()) return words + "never";
    return words + std::to_string((step.next - start) / 1s);
  }

  Keepalive::Clock::time_point start{1h};
  std::chrono::milliseconds heard{0};
  Keepalive keepalive;
};

TEST(Keepalive, a_silent_peer_is_asked_three_times_and_dead_after_forty_seconds) {
  Watch watch({.interval = 10s, .count_max = 3});
  EXPECT_EQ(watch.said(0s), "10");
  EXPECT_EQ(watch.said(9999ms), "10");
  EXPECT_EQ(watch.said(10s), "send 20");
  EXPECT_EQ(watch.said(20s), "missed send 30");
  EXPECT_EQ(watch.said(30s), "missed send 40");
  EXPECT_EQ(watch.said(39999ms), "40");
  EXPECT_EQ(watch.said(40s), "missed dead never");
}

TEST(Keepalive, any_byte_starts_from_the_beginning) {
  Watch watch({.interval = 10s, .count_max = 3});
  watch.at(10s);
  watch.at(20s);
  watch.at(30s);
  watch.heard = 30500ms;
  EXPECT_EQ(watch.said(40s), "40");  // 40.5 s
  EXPECT_EQ(watch.said(40500ms), "send 50");
  EXPECT_EQ(watch.said(50500ms), "missed send 60");
  EXPECT_EQ(watch.said(60500ms), "missed send 70");
  EXPECT_EQ(watch.said(70499ms), "70");
  EXPECT_EQ(watch.said(70500ms), "missed dead never");
}

TEST(Keepalive, a_peer_that_speaks_is_never_asked) {
  Watch watch({.interval = 10s, .count_max = 3});
  for (auto now = 0s; now < 1000s; now += 5s) {
    watch.heard = now - 4s;
    EXPECT_FALSE(watch.at(now).send) << now.count();
  }
}

TEST(Keepalive, asking_too_early_changes_nothing) {
  Watch watch({.interval = 10s, .count_max = 3});
  watch.at(10s);
  for (auto now = 10s; now < 20s; now += 1s) EXPECT_EQ(watch.said(now), "20");
}

TEST(Keepalive, a_count_of_zero_warns_and_never_declares_dead) {
  Watch watch({.interval = 10s, .count_max = 0});
  EXPECT_EQ(Keepalive::deadline({.interval = 10s, .count_max = 0}), 0s);
  EXPECT_EQ(watch.said(10s), "send 20");
  EXPECT_EQ(watch.said(20s), "missed send 30");
  EXPECT_EQ(watch.said(30s), "missed send 40");
}

TEST(Keepalive, an_interval_of_zero_is_off) {
  Watch watch({.interval = 0s, .count_max = 3});
  EXPECT_EQ(Keepalive::deadline({.interval = 0s, .count_max = 3}), 0s);
  EXPECT_EQ(watch.said(0s), "never");
  EXPECT_EQ(watch.said(100'000s), "never");
}

TEST(Keepalive, after_an_absence_of_ours_the_peer_is_asked_before_it_is_dead) {
  Watch watch({.interval = 10s, .count_max = 3});
  watch.at(0s);
  EXPECT_EQ(watch.said(70s), "send 80");  // nothing had been asked
  EXPECT_EQ(watch.said(80s), "missed dead never");
}

TEST(Keepalive, an_absence_during_a_question_asks_it_again) {
  Watch watch({.interval = 10s, .count_max = 3});
  watch.at(10s);
  watch.at(20s);
  watch.at(30s);
  EXPECT_EQ(watch.said(90s), "send 100");
  watch.heard = 90100ms;
  EXPECT_EQ(watch.said(100s), "100");  // 100.1 s
  EXPECT_EQ(watch.said(100100ms), "send 110");
}

TEST(Keepalive, an_answer_that_waited_during_an_absence_is_one) {
  Watch watch({.interval = 10s, .count_max = 3});
  watch.at(10s);
  watch.heard = 70s;  // read before the step
  EXPECT_EQ(watch.said(70s), "80");
}

TEST(Keepalive, a_step_that_is_a_little_late_judges) {
  Watch watch({.interval = 10s, .count_max = 1});
  watch.at(10s);
  EXPECT_EQ(watch.said(25s), "missed dead never");

  Watch later({.interval = 10s, .count_max = 1});
  later.at(10s);
  EXPECT_EQ(later.said(25001ms), "send 35");
}

TEST(Keepalive, absences_one_after_the_other_are_no_evidence) {
  Watch watch({.interval = 10s, .count_max = 3});
  EXPECT_EQ(watch.said(60s), "send 70");
  EXPECT_EQ(watch.said(130s), "send 140");
  EXPECT_EQ(watch.said(200s), "send 210");
  EXPECT_EQ(watch.said(210s), "missed dead never");
}

TEST(Keepalive, a_process_that_slept_asks_once_not_once_for_each_interval) {
  Watch watch({.interval = 1s, .count_max = 0});
  EXPECT_EQ(watch.said(500s), "send 501");
  EXPECT_EQ(watch.said(500s), "501");
}

TEST(Keepalive, deadline_is_the_interval_times_the_count_and_one) {
  EXPECT_EQ(Keepalive::deadline({}), 40s);
  EXPECT_EQ(Keepalive::deadline({.interval = 7s, .count_max = 1}), 14s);
}

}  // namespace
}  // namespace towline::ssh::connection
