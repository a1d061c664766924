#include "text/pattern.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace towline::text {
namespace {

TEST(Pattern, star_is_any_text_and_question_mark_one_character) {
  const struct {
    const char* pattern;
    const char* name;
    bool matches;
  } rows[] = {{"*", "", true},        {"a*c*e", "abcde", true}, {"*ab", "aab", true}, {"a*c", "abcd", false},
              {"a?c", "abc", true},   {"?", "", false},         {"", "a", false},     {"", "", true},
              {"abc**", "abc", true}, {"abc", "abcd", false}};
  for (const auto& row : rows)
    EXPECT_EQ(matches_pattern(row.pattern, row.name), row.matches) << row.pattern << " and " << row.name;
}

TEST(Pattern, many_stars_take_no_longer) {
  EXPECT_FALSE(matches_pattern("*a*a*a*a*a*a*a*a*a*b", std::string(10'000, 'a')));
}

TEST(Pattern, a_list_is_taken_apart_at_its_commas) {
  const auto entries = [](std::string_view list) {
    std::vector<std::string> all;
    while (!list.empty()) all.emplace_back(take_listed(list));
    return all;
  };
  EXPECT_EQ(entries("a,b"), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(entries(",a,,b,"), (std::vector<std::string>{"", "a", "", "b"}));
  EXPECT_EQ(entries(""), std::vector<std::string>{});
}

}  // namespace
}  // namespace towline::text
