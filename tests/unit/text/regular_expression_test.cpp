#include "text/regular_expression.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace towline::text {
namespace {

TEST(RegularExpression, finds_its_first_group) {
  const auto found = RegularExpression::compile("url[:=] ?(\\S+)");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->groups(), 1U);
  EXPECT_EQ(found->first_group("the url: https://a.example is yours"), "https://a.example");
  EXPECT_EQ(found->first_group("nothing"), std::nullopt);
  EXPECT_EQ(RegularExpression::compile("a(b)?")->first_group("a"), std::nullopt);
  EXPECT_EQ(RegularExpression::compile("b+")->first_group("abbc"), "bb");
}

TEST(RegularExpression, that_is_none_says_what_is_wrong) {
  const auto wrong = RegularExpression::compile("(a");
  ASSERT_FALSE(wrong);
  EXPECT_FALSE(wrong.error().empty());
  EXPECT_FALSE(RegularExpression::compile(std::string(1'000'000, '(')));
}

TEST(RegularExpression, neither_overflows_the_stack_nor_takes_for_ever) {
  const std::string line(100'000, 'a');
  EXPECT_EQ(RegularExpression::compile("(.*)b?")->first_group(line),
            std::string(RegularExpression::line_max, 'a'));
  for (const auto* cruel : {"(a+)+b", "(a*)*b", "(a|aa)+$b", "(.*)(.*)(.*)(.*)(.*)b"}) {
    const auto expression = RegularExpression::compile(cruel);
    ASSERT_TRUE(expression) << cruel;
    const auto began = std::chrono::steady_clock::now();
    for (int i = 0; i < 1000; ++i) expression->first_group(line);
    EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(5)) << cruel;
    EXPECT_TRUE(expression->is_too_much()) << cruel;
  }
}

}  // namespace
}  // namespace towline::text
