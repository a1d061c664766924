#include "forward/bind_retry.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace towline::forward {
namespace {

using namespace std::chrono_literals;

TEST(BindRetry, doubles_from_a_fifth_of_a_second_to_one_and_a_half) {
  const std::chrono::milliseconds expected[] = {200ms, 400ms, 800ms, 1500ms, 1500ms};
  int failures = 0;
  for (const auto delay : expected) EXPECT_EQ(bind_retry_delay(++failures), delay) << failures;
  EXPECT_EQ(bind_retry_delay(std::numeric_limits<int>::max()), 1500ms);
}

TEST(BindRetry, a_freed_port_is_ours_within_two_seconds) {
  for (int failures = 1; failures < 100; ++failures) EXPECT_LT(bind_retry_delay(failures), 2s);
}

TEST(BindRetry, who_is_ending_is_waited_for_before_it_is_given_up) {
  using observe::SetupFailure;
  EXPECT_FALSE(is_hopeless(SetupFailure::port_in_use, 1));
  EXPECT_FALSE(is_hopeless(SetupFailure::port_in_use, 2));
  EXPECT_TRUE(is_hopeless(SetupFailure::port_in_use, 3));
  EXPECT_TRUE(is_hopeless(SetupFailure::denied, 1));
  EXPECT_TRUE(is_hopeless(SetupFailure::address, 1));
}

TEST(BindRetry, a_configured_port_is_the_only_one_asked_for) {
  for (const int failures : {0, 9, 10, 1000}) EXPECT_EQ(port_to_ask(8080, 43210, failures), 8080);
}

TEST(BindRetry, a_port_of_the_servers_choice_is_asked_for_again_and_given_up_after_ten_refusals) {
  EXPECT_EQ(port_to_ask(0, 0, 0), 0);
  EXPECT_EQ(port_to_ask(0, 43210, 0), 43210);
  EXPECT_EQ(port_to_ask(0, 43210, 9), 43210);
  EXPECT_EQ(port_to_ask(0, 43210, 10), 0);
}

}  // namespace
}  // namespace towline::forward
