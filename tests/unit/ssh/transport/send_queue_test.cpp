#include "ssh/transport/send_queue.hpp"

#include <gtest/gtest.h>

namespace towline::ssh {
namespace {

TEST(SendQueue, gives_out_what_came_in_and_in_that_order) {
  SendQueue queue;
  std::uint8_t in = 0;
  std::uint8_t out = 0;
  for (int round = 0; round < 1000; ++round) {
    std::vector<std::uint8_t> packet(7);
    for (auto& byte : packet) byte = in++;
    queue.append(packet);
    const auto n = round % 3 == 0 ? queue.size() : std::size_t{5};
    for (const auto byte : queue.waiting().first(n)) ASSERT_EQ(byte, out++);
    queue.sent(n);
  }
}

TEST(SendQueue, that_never_runs_empty_keeps_no_more_than_twice_what_waits) {
  SendQueue queue;
  const std::vector<std::uint8_t> packet(100, 'x');
  queue.append(packet);
  for (int round = 0; round < 10'000; ++round) {
    queue.append(packet);
    queue.sent(packet.size());
    ASSERT_EQ(queue.size(), packet.size());
    ASSERT_LE(queue.held(), 2 * packet.size()) << round;
  }
}

TEST(SendQueue, is_empty_when_all_has_gone) {
  SendQueue queue;
  queue.append(std::vector<std::uint8_t>{1, 2, 3});
  queue.sent(3);
  EXPECT_EQ(queue.size(), 0U);
  EXPECT_EQ(queue.held(), 0U);
}

}  // namespace
}  // namespace towline::ssh
