#include "config/env.hpp"

#include "config/fields.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

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

TEST(Env, the_process_has_a_path) { EXPECT_NE(Env::take_process({}).get("PATH"), std::nullopt); }

// The second value of a name is nobody's, and a secret all the same.
TEST(Env, secrets_are_taken_out_of_the_block_and_wiped_there) {
  std::vector<std::string> entries{
      "A=1", "SSH_KEY=key", "SSH_KEY_FILE=/k", "SSH_PASSWORD=one", "SSH_PASSWORD=two", "SSH_KEY", "B=2"};
  std::vector<char*> block;
  for (auto& entry : entries) block.push_back(entry.data());
  block.push_back(nullptr);

  const auto env = Env::take_block(block.data(), secret_names());
  EXPECT_EQ(
      env.all(),
      (Env::Values{
          {"A", "1"}, {"B", "2"}, {"SSH_KEY", "key"}, {"SSH_KEY_FILE", "/k"}, {"SSH_PASSWORD", "one"}}));
  for (const auto secret : {1, 3, 4}) EXPECT_EQ(entries[secret], std::string(entries[secret].size(), '\0'));
  std::vector<std::string> left;
  for (char** entry = block.data(); *entry != nullptr; ++entry) left.emplace_back(*entry);
  EXPECT_EQ(left, (std::vector<std::string>{"A=1", "SSH_KEY_FILE=/k", "B=2"}));
}

TEST(Env, forgets_what_it_is_told_to) {
  Env env({{"SSH_PASSWORD", "short"}, {"A", "1"}});
  env.forget(secret_names());
  EXPECT_EQ(env.all(), (Env::Values{{"A", "1"}}));
}

}  // namespace
}  // namespace towline::config
