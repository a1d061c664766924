#include "ssh/connection/channel.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <limits>
#include <vector>

namespace towline::ssh::connection {
namespace {

using namespace std::chrono_literals;

constexpr WindowLimits small{.initial = 100, .max = 400, .packet_max = 10};
constexpr std::uint64_t whole_budget = 1U << 30U;

TEST(ReceiveWindow, takes_what_was_granted_and_not_a_byte_more) {
  ReceiveWindow window(small, small.initial);
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(window.received(10)) << i;
  EXPECT_TRUE(window.received(0));
  EXPECT_EQ(window.received(1).error().code, errc::window_exceeded);
}

TEST(ReceiveWindow, a_packet_larger_than_the_maximum_is_refused_within_the_window) {
  ReceiveWindow window(small, small.initial);
  EXPECT_EQ(window.received(11).error().code, errc::message_too_large);
}

TEST(ReceiveWindow, is_announced_again_when_half_of_it_is_used) {
  ReceiveWindow window(small, small.initial);
  for (int i = 0; i < 4; ++i) {
    ASSERT_TRUE(window.received(10));
    EXPECT_EQ(window.consumed(10, {}, whole_budget), 0U) << i;
  }
  ASSERT_TRUE(window.received(10));
  EXPECT_EQ(window.consumed(10, {}, whole_budget), 50U);
  EXPECT_EQ(window.size(), 100U);
  EXPECT_EQ(window.consumed(0, {}, whole_budget), 0U);
}

TEST(ReceiveWindow, bytes_that_nobody_has_taken_are_not_granted_again) {
  ReceiveWindow window(small, small.initial);
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(window.received(10));
  EXPECT_EQ(window.consumed(30, {}, whole_budget), 0U);
  EXPECT_EQ(window.consumed(30, {}, whole_budget), 60U);
  EXPECT_EQ(window.size(), 100U) << "the reader is what is slow";
  for (int i = 0; i < 6; ++i) EXPECT_TRUE(window.received(10)) << i;
  EXPECT_EQ(window.received(1).error().code, errc::window_exceeded);
}

// Halves of a window that arrive and are read at once, one every `interval`.
std::vector<std::uint32_t> sizes_after(int halves, std::chrono::milliseconds interval,
                                       std::chrono::milliseconds round_trip, const WindowLimits& limits) {
  ReceiveWindow window(limits, limits.initial);
  PathTime path{std::chrono::steady_clock::time_point{} + 1h, round_trip};
  std::vector<std::uint32_t> sizes;
  for (int i = 0; i < halves; ++i, path.now += interval) {
    const auto half = window.size() / 2;
    for (std::uint32_t n = 0; n < half; n += 10) EXPECT_TRUE(window.received(10));
    const auto before = window.size();
    const auto announced = window.consumed(half, path, whole_budget);
    EXPECT_EQ(announced, half + (window.size() - before));
    sizes.push_back(window.size());
  }
  return sizes;
}

TEST(ReceiveWindow, doubles_up_to_the_limit_while_halves_are_used_up_faster_than_a_round_trip) {
  EXPECT_EQ(sizes_after(5, 40ms, 50ms, small), (std::vector<std::uint32_t>{100, 200, 400, 400, 400}));
}

TEST(ReceiveWindow, stays_where_a_half_lasts_for_a_round_trip_and_where_that_is_not_known) {
  EXPECT_EQ(sizes_after(4, 50ms, 50ms, small), (std::vector<std::uint32_t>{100, 100, 100, 100}));
  EXPECT_EQ(sizes_after(4, 1ms, 0ms, small), (std::vector<std::uint32_t>{100, 100, 100, 100}));
}

TEST(ReceiveWindow, stays_where_the_reader_does_not_keep_up) {
  ReceiveWindow window(small, small.initial);
  const PathTime path{std::chrono::steady_clock::time_point{} + 1h, 50ms};
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(window.received(10));
  EXPECT_EQ(window.consumed(50, path, whole_budget), 50U);
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(window.received(10));
  EXPECT_EQ(window.consumed(50, path, whole_budget), 50U);
  EXPECT_EQ(window.size(), 100U);
}

TEST(ReceiveWindow, grows_no_further_than_what_the_session_has_to_spare) {
  ReceiveWindow window(small, small.initial);
  const PathTime path{std::chrono::steady_clock::time_point{} + 1h, 50ms};
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(window.received(10));
  EXPECT_EQ(window.consumed(50, path, 30), 50U) << "the first half is the measure";
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(window.received(10));
  EXPECT_EQ(window.consumed(50, path, 30), 80U);
  EXPECT_EQ(window.size(), 130U);
}

TEST(WindowBudget, first_windows_shrink_with_what_is_left_and_end_at_the_smallest) {
  constexpr std::uint32_t mebibyte = 1024 * 1024;
  struct Row {
    std::uint64_t taken;
    std::uint32_t first;
  };
  for (const auto& row : {
           Row{0, 2 * mebibyte},
           Row{384ULL * mebibyte, 2 * mebibyte},
           Row{448ULL * mebibyte, mebibyte},
           Row{480ULL * mebibyte, mebibyte / 2},
           Row{511ULL * mebibyte, mebibyte / 8},
           Row{512ULL * mebibyte, mebibyte / 8},
           Row{700ULL * mebibyte, mebibyte / 8},
       }) {
    WindowBudget budget({});
    budget.take(row.taken);
    EXPECT_EQ(budget.first(), row.first) << row.taken / mebibyte << " MiB are taken";
  }
}

TEST(WindowBudget, has_nothing_left_beyond_its_end_until_it_is_given_back) {
  WindowBudget budget({.session_max = 100});
  budget.take(130);
  EXPECT_EQ(budget.left(), 0U);
  budget.give_back(50);
  EXPECT_EQ(budget.left(), 20U);
}

TEST(WindowBudget, a_first_window_below_the_smallest_is_kept) {
  EXPECT_EQ(WindowBudget(small).first(), small.initial);
}

TEST(ReceiveWindow, never_shrinks_to_a_limit_below_its_first_size) {
  EXPECT_EQ(sizes_after(2, 1ms, 50ms, {.initial = 100, .max = 50, .packet_max = 10}),
            (std::vector<std::uint32_t>{100, 100}));
}

TEST(SendWindow, sends_nothing_before_it_is_open) { EXPECT_EQ(SendWindow{}.sendable(), 0U); }

TEST(SendWindow, a_packet_is_bounded_by_the_window_the_peers_maximum_and_ours) {
  struct Row {
    std::uint32_t window, packet_max, sendable;
  };
  const Row rows[] = {{100, 10, 10},
                      {5, 10, 5},
                      {0, 10, 0},
                      {100, 0, 0},
                      {1 << 20, 32768, 32768},
                      {1 << 20, 0xffffffff, 32768},
                      {0xffffffff, 32767, 32767}};
  for (const auto& row : rows) {
    SendWindow window;
    window.open(row.window, row.packet_max);
    EXPECT_EQ(window.sendable(), row.sendable) << row.window << " " << row.packet_max;
  }
}

TEST(SendWindow, shrinks_by_what_was_sent_and_grows_by_what_is_granted) {
  SendWindow window;
  window.open(100, 60);
  window.sent(60);
  EXPECT_EQ(window.sendable(), 40U);
  window.sent(40);
  EXPECT_EQ(window.sendable(), 0U);
  EXPECT_TRUE(window.adjust(7));
  EXPECT_EQ(window.sendable(), 7U);
}

TEST(SendWindow, may_be_granted_two_to_the_thirty_second_less_one_and_not_a_byte_more) {
  SendWindow window;
  window.open(1, 10);
  constexpr auto most = std::numeric_limits<std::uint32_t>::max();
  EXPECT_TRUE(window.adjust(most - 1));
  EXPECT_TRUE(window.adjust(0));
  EXPECT_EQ(window.adjust(1).error().code, errc::window_overflow);
  EXPECT_EQ(window.sendable(), 10U);
}

}  // namespace
}  // namespace towline::ssh::connection
