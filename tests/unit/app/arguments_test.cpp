#include "app/arguments.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace towline::app {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using namespace std::chrono_literals;
using Words = std::vector<std::string_view>;

TEST(Arguments, of_run_are_a_program_and_perhaps_a_timeout) {
  const struct {
    Words words;
    std::chrono::seconds patience;
    std::vector<std::string> command;
  } rows[] = {
      {{"--", "make", "-j", "--timeout"}, 60s, {"make", "-j", "--timeout"}},
      {{"make", "--", "x"}, 60s, {"make", "--", "x"}},
      {{"--timeout", "2m", "--", "make"}, 120s, {"make"}},
      {{"--timeout=0", "make"}, 0s, {"make"}},
      {{"--", "--", "x"}, 60s, {"--", "x"}},
      {{"--", ""}, 60s, {""}},
  };
  for (const auto& row : rows) {
    const auto arguments = parse_run_arguments(row.words);
    ASSERT_TRUE(arguments) << row.words.front() << ": " << arguments.error().text;
    EXPECT_EQ(arguments->patience, row.patience) << row.words.front();
    EXPECT_EQ(arguments->command, row.command) << row.words.front();
  }
}

TEST(Arguments, that_make_no_sense_are_told) {
  const std::pair<Words, const char*> run[] = {{{}, "run needs a program"},
                                               {{"--"}, "run needs a program"},
                                               {{"--timeout"}, "needs a duration"},
                                               {{"--timeout", "soon", "--", "x"}, "\"soon\""},
                                               {{"--fast", "--", "x"}, "\"--fast\""}};
  for (const auto& [words, text] : run) {
    const auto arguments = parse_run_arguments(words);
    ASSERT_FALSE(arguments) << text;
    EXPECT_THAT(arguments.error().text, HasSubstr(text));
  }
  EXPECT_THAT(parse_wait_arguments(Words{"now"}).error().text, HasSubstr("\"now\""));
  EXPECT_THAT(parse_check_arguments(Words{"--json", "--yaml"}).error().text, HasSubstr("\"--yaml\""));
}

TEST(Arguments, of_wait_and_check_may_be_left_out) {
  EXPECT_EQ(parse_wait_arguments({})->patience, 60s);
  EXPECT_EQ(parse_wait_arguments(Words{"--timeout", "5"})->patience, 5s);
  EXPECT_FALSE(parse_check_arguments({})->json);
  EXPECT_TRUE(parse_check_arguments(Words{"--json"})->json);
}

}  // namespace
}  // namespace towline::app
