#include "observe/histogram.hpp"

#include <gtest/gtest.h>

#include <array>
#include <limits>
#include <thread>

namespace towline::observe {
namespace {

constexpr std::array<double, 2> one_and_five{1, 5};

TEST(Histogram, exists_at_zero) {
  const auto counts = Histogram(one_and_five).collect().histogram;
  ASSERT_EQ(counts.bucket.size(), 3U);
  EXPECT_EQ(counts.bucket[2].upper_bound, std::numeric_limits<double>::infinity());
  EXPECT_EQ(counts.sample_count, 0U);
  EXPECT_EQ(counts.sample_sum, 0);
}

TEST(Histogram, buckets_are_cumulative_and_a_bound_belongs_to_its_bucket) {
  Histogram histogram(one_and_five);
  for (const double value : {0.5, 1.0, 1.5, 5.0, 99.0}) histogram.observe(value);
  const auto counts = histogram.collect().histogram;
  EXPECT_EQ(counts.bucket[0].cumulative_count, 2U);
  EXPECT_EQ(counts.bucket[1].cumulative_count, 4U);
  EXPECT_EQ(counts.bucket[2].cumulative_count, 5U);
  EXPECT_EQ(counts.sample_count, 5U);
  EXPECT_DOUBLE_EQ(counts.sample_sum, 107.0);
}

TEST(Histogram, nothing_is_lost_between_threads) {
  Histogram histogram(one_and_five);
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < 1000; ++i) histogram.observe(2);
      });
    }
  }
  EXPECT_EQ(histogram.collect().histogram.sample_count, 4000U);
  EXPECT_DOUBLE_EQ(histogram.collect().histogram.sample_sum, 8000);
}

}  // namespace
}  // namespace towline::observe
