#include "app/mask.hpp"

#include <gtest/gtest.h>

#include <string_view>
#include <vector>

namespace towline::app {
namespace {

TEST(Mask, has_one_line_for_each_line_of_a_secret) {
  const std::vector<std::string_view> secrets{
      "hunter2",
      "-----BEGIN OPENSSH PRIVATE KEY-----\r\nb3BlbnNzaC1r\r\nAAAAtzc2\n==\n-----END OPENSSH PRIVATE "
      "KEY-----\n"};
  EXPECT_EQ(mask_lines(secrets).reveal(),
            "::add-mask::hunter2\n::add-mask::b3BlbnNzaC1r\n::add-mask::AAAAtzc2\n");
}

TEST(Mask, takes_a_written_out_line_end_for_one) {
  const std::vector<std::string_view> secrets{R"(-----BEGIN KEY-----\nabcd\nefgh\n-----END KEY-----\n)"};
  EXPECT_EQ(mask_lines(secrets).reveal(), "::add-mask::abcd\n::add-mask::efgh\n");
}

TEST(Mask, covers_a_short_secret_that_is_all_there_is) {
  const std::vector<std::string_view> secrets{"pw", "", "\n"};
  EXPECT_EQ(mask_lines(secrets).reveal(), "::add-mask::pw\n");
}

TEST(Mask, cannot_be_ended_by_the_secret) {
  const std::vector<std::string_view> secrets{"50%\rx"};
  EXPECT_EQ(mask_lines(secrets).reveal(), "::add-mask::50%25%0Dx\n");
}

TEST(Mask, is_printed_only_where_a_runner_takes_it_out) {
  EXPECT_EQ(github_masks(config::Env({{"TOWLINE_LOG_FORMAT", "github"}})).reveal(), "");
  EXPECT_EQ(github_masks(config::Env({{"GITHUB_ACTIONS", "true"}})).reveal(), "");
}

}  // namespace
}  // namespace towline::app
