#include "net/descriptors.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace towline::net {
namespace {

TEST(Descriptors, are_had_up_to_the_limit_and_again_when_one_is_given_back) {
  Descriptors two(2);
  auto one = two.take();
  auto other = two.take();
  ASSERT_TRUE(one && other);
  EXPECT_FALSE(two.take());
  other.reset();
  EXPECT_TRUE(two.take());
}

TEST(Descriptors, that_were_moved_are_given_back_once) {
  Descriptors all(2);
  {
    auto taken = *all.take();
    const auto moved = std::move(taken);
    EXPECT_EQ(all.taken(), 1U);
  }
  EXPECT_EQ(all.taken(), 0U);
  auto one = *all.take();
  one = *all.take();
  EXPECT_EQ(all.taken(), 1U);
}

TEST(Descriptors, that_are_open_anyway_count) {
  Descriptors one(1);
  {
    const auto first = one.take_anyway();
    const auto second = one.take_anyway();
    EXPECT_EQ(one.taken(), 2U);
    EXPECT_FALSE(one.take());
  }
  EXPECT_TRUE(one.take());
}

TEST(Descriptors, are_never_more_than_the_limit_with_several_threads) {
  Descriptors few(3);
  std::atomic<bool> too_many = false;
  const auto work = [&] {
    for (int i = 0; i < 10'000; ++i) {
      const auto taken = few.take();
      if (few.taken() > few.limit()) too_many = true;
    }
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) threads.emplace_back(work);
  for (auto& thread : threads) thread.join();
  EXPECT_FALSE(too_many);
  EXPECT_EQ(few.taken(), 0U);
}

}  // namespace
}  // namespace towline::net
