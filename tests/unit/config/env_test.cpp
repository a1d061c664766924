#include "config/env.hpp"

#include <gtest/gtest.h>

namespace towline::config {
namespace {

TEST(Env, an_empty_value_is_unset) {
  const Env env({{"A", ""}, {"B", "b"}});
  EXPECT_EQ(env.get("A"), std::nullopt);
  EXPECT_EQ(env.get("B"), "b");
  EXPECT_EQ(env.get("C"), std::nullopt);
  EXPECT_EQ(env.all().size(), 1u);
}

TEST(Env, a_block_is_split_at_the_first_equals_sign) {
  const char* block[] = {"A=1=2", "nothing", "=x", "B= ", "EMPTY=", "A=second", nullptr};
  const auto env = Env::from_block(block);
  EXPECT_EQ(env.all(), (Env::Values{{"A", "1=2"}, {"B", " "}}));
}

TEST(Env, a_missing_block_is_an_empty_environment) { EXPECT_TRUE(Env::from_block(nullptr).all().empty()); }

TEST(Env, the_process_has_a_path) { EXPECT_NE(Env::from_process().get("PATH"), std::nullopt); }

}  // namespace
}  // namespace towline::config
