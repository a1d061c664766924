#include "ssh/connection/channel.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <limits>
#include <vector>

namespace towline::ssh::connection {
namespace {

using namespace std::chrono_literals;

constexpr WindowLimits small{.initial = 100, .max = 400, .packet_max = 10};

TEST(ReceiveWindow, takes_what_was_granted_and_not_a_byte_more) {
  ReceiveWindow window(small);
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(window.received(10)) << i;
  EXPECT_TRUE(window.received(0));
  EXPECT_EQ(window.received(1).error().code, errc::window_exceeded);
}

TEST(ReceiveWindow, a_packet_larger_than_the_maximum_is_refused_within_the_window) {
  ReceiveWindow window(small);
  EXPECT_EQ(window.received(11).error().code, errc::message_too_large);
}

TEST(ReceiveWindow, is_announced_again_when_half_of_it_is_used) {
  ReceiveWindow window(small);
  for (int i = 0; i < 4; ++i) {
    ASSERT_TRUE(window.received(10));
    EXPECT_EQ(window.consumed(10, {}), 0U) << i;
  }
  ASSERT_TRUE(window.received(10));
  EXPECT_EQ(window.consumed(10, {}), 50U);
  EXPECT_EQ(window.size(), 100U);
  EXPECT_EQ(window.consumed(0, {}), 0U);
}

TEST(ReceiveWindow, bytes_that_nobody_has_taken_are_not_granted_again) {
  ReceiveWindow window(small);
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(window.received(10));
  EXPECT_EQ(window.consumed(30, {}), 0U);
  EXPECT_EQ(window.consumed(30, {}), 60U);
  EXPECT_EQ(window.size(), 100U) << "the reader is what is slow";
  for (int i = 0; i < 6; ++i) EXPECT_TRUE(window.received(10)) << i;
  EXPECT_EQ(window.received(1).error().code, errc::window_exceeded);
}

// Halves of a window that arrive and are read at once, one every `interval`.
std::vector<std::uint32_t> sizes_after(int halves, std::chrono::milliseconds interval,
                                       std::chrono::milliseconds round_trip, const WindowLimits& limits) {
  ReceiveWindow window(limits);
  PathTime path{std::chrono::steady_clock::time_point{} + 1h, round_trip};
  std::vector<std::uint32_t> sizes;
  for (int i = 0; i < halves; ++i, path.now += interval) {
    const auto half = window.size() / 2;
    for (std::uint32_t n = 0; n < half; n += 10) EXPECT_TRUE(window.received(10));
    const auto before = window.size();
    const auto announced = window.consumed(half, path);
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
  ReceiveWindow window(small);
  const PathTime path{std::chrono::steady_clock::time_point{} + 1h, 50ms};
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(window.received(10));
  EXPECT_EQ(window.consumed(50, path), 50U);
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(window.received(10));
  EXPECT_EQ(window.consumed(50, path), 50U);
  EXPECT_EQ(window.size(), 100U);
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
