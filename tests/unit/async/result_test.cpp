#include "async/result.hpp"

#include <gtest/gtest.h>

namespace towline {
namespace {

using boost::system::error_code;

TEST(Failure, has_a_reason_even_when_it_was_given_none) {
  EXPECT_TRUE(Failure().code.failed());
  EXPECT_EQ(Failure().code, internal_error());
  EXPECT_EQ(Failure().message(), "internal error: a failure without a reason");
}

TEST(Failure, of_a_success_is_a_bug_that_ends_a_debug_build_and_has_a_name_in_others) {
  EXPECT_DEBUG_DEATH(EXPECT_EQ(Failure(error_code(), "here").code, internal_error()), "without a reason");
  EXPECT_DEBUG_DEATH(EXPECT_EQ(Result<>(error_code()).error().code, internal_error()), "without a reason");
}

TEST(Failure, says_its_reason_and_its_detail) {
  const Failure failure(make_error_code(boost::system::errc::io_error), "there");
  EXPECT_TRUE(failure.message().ends_with(": there")) << failure.message();
}

}  // namespace
}  // namespace towline
