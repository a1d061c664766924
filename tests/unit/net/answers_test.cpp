#include "net/answers.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace towline::net {
namespace {

using enum Answer;

struct AnswersRow {
  Answer v4;
  Answer v6;
  Patience patience;
  Answer together;
};

TEST(Answers, what_is_waited_for_and_what_comes_of_it) {
  const std::vector<AnswersRow> table{
      {none, none, Patience::all_there_is, timed_out},
      {found, none, Patience::resolution_delay, found},
      {none, found, Patience::resolution_delay, found},
      {found, found, Patience::none, found},
      {found, no_address, Patience::none, found},
      {found, not_found, Patience::none, found},
      {found, failed, Patience::none, found},
      {found, timed_out, Patience::none, found},
      {timed_out, found, Patience::none, found},
      {not_found, none, Patience::resolution_delay, not_found},
      {none, not_found, Patience::all_there_is, timed_out},
      {no_address, none, Patience::all_there_is, timed_out},
      {none, no_address, Patience::all_there_is, timed_out},
      {failed, none, Patience::all_there_is, timed_out},
      {not_found, found, Patience::none, found},
      {not_found, not_found, Patience::none, not_found},
      {not_found, failed, Patience::none, not_found},
      {not_found, no_address, Patience::none, no_address},
      {no_address, no_address, Patience::none, no_address},
      {no_address, not_found, Patience::none, no_address},
      {no_address, failed, Patience::none, failed},
      {failed, not_found, Patience::none, failed},
      {found, not_asked, Patience::none, found},
      {not_asked, not_found, Patience::none, not_found},
      {none, not_asked, Patience::all_there_is, timed_out},
      {not_asked, none, Patience::all_there_is, timed_out},
  };
  for (std::size_t i = 0; i < table.size(); ++i) {
    const auto& row = table[i];
    EXPECT_EQ(patience(row.v4, row.v6), row.patience) << "row " << i;
    EXPECT_EQ(together(row.v4, row.v6), row.together) << "row " << i;
  }
}

TEST(Answers, a_search_goes_on_until_something_is_found_or_nobody_answers) {
  for (const auto answer : {no_address, not_found, failed}) EXPECT_TRUE(goes_on(answer));
  for (const auto answer : {found, timed_out}) EXPECT_FALSE(goes_on(answer));
}

TEST(Answers, of_several_names_the_one_that_explains_most_is_told) {
  EXPECT_EQ(worse(not_found, failed), failed);
  EXPECT_EQ(worse(failed, not_found), failed);
  EXPECT_EQ(worse(no_address, failed), no_address);
  EXPECT_EQ(worse(failed, timed_out), timed_out);
  EXPECT_EQ(worse(not_found, not_found), not_found);
}

}  // namespace
}  // namespace towline::net
