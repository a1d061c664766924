#include "config/shell_words.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace towline::config {
namespace {

TEST(ShellWords, are_what_a_shell_makes_of_the_text) {
  const std::pair<std::string, std::vector<std::string>> rows[] = {
      {"", {}},
      {" \t\n ", {}},
      {"-o A=1 -o  B=2", {"-o", "A=1", "-o", "B=2"}},
      {"-o 'A b'", {"-o", "A b"}},
      {"-o \"A b\"", {"-o", "A b"}},
      {"-oA=\"b c\"d", {"-oA=b cd"}},
      {"''", {""}},
      {"a\\ b", {"a b"}},
      {"'a\\b'", {"a\\b"}},
      {"\"a\\b \\\" \\\\ \\$ \\`\"", {"a\\b \" \\ $ `"}},
      {"a'b'\"c\"", {"abc"}},
      {"'\"'", {"\""}},
      {"$HOME `x` *", {"$HOME", "`x`", "*"}},
      {"a\\", {"a\\"}},
  };
  for (const auto& [text, words] : rows) {
    const auto split = split_shell_words(text);
    ASSERT_TRUE(split) << text;
    EXPECT_EQ(*split, words) << text;
  }
}

TEST(ShellWords, complain_of_a_quotation_mark_that_is_not_closed) {
  for (const auto* text : {"'a", "\"a", "a'", "-o \"A=1", "\"a\\\"", "'"}) {
    EXPECT_FALSE(split_shell_words(text)) << text;
  }
}

TEST(ShellWords, are_written_so_that_they_are_one_word_again) {
  EXPECT_EQ(shell_word("Key=value"), "Key=value");
  EXPECT_EQ(shell_word("Key a b"), "'Key a b'");
  for (const std::string text : {"", "a b", "it's", "\"", "a\\", "\n", "'\\''"}) {
    const auto words = split_shell_words(shell_word(text));
    ASSERT_TRUE(words) << text;
    EXPECT_EQ(*words, std::vector{text}) << text;
  }
}

TEST(EnclosingQuotes, are_taken_off_when_they_are_one_pair_around_everything) {
  EXPECT_EQ(without_enclosing_quotes("\"-o A=1 -o B=2\""), "-o A=1 -o B=2");
  EXPECT_EQ(without_enclosing_quotes(" '-N' "), "-N");
  EXPECT_EQ(without_enclosing_quotes("'-o \"A b\"'"), "-o \"A b\"");
  EXPECT_EQ(without_enclosing_quotes("\"\""), "");
  for (const auto* text : {"", "\"", "-N", "\"-o\" \"A=1\"", "\"-N", "'-N\"", "-o \"A b\""}) {
    EXPECT_FALSE(without_enclosing_quotes(text)) << text;
  }
}

}  // namespace
}  // namespace towline::config
