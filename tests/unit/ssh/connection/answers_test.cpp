#include "ssh/connection/answers.hpp"

#include <gtest/gtest.h>

#include <string>

namespace towline::ssh::connection {
namespace {

// "y", "n" for each that may go out now.
std::string said(Answers& answers) {
  std::string all;
  while (const auto answer = answers.next()) all += answer->success ? "y" : "n";
  return all;
}

TEST(Answers, go_out_in_the_order_of_the_questions) {
  Answers answers;
  const auto first = *answers.asked();
  const auto second = *answers.asked();
  const auto third = *answers.asked();
  answers.give(third, {true});
  answers.give(second, {false});
  EXPECT_EQ(said(answers), "");
  answers.give(first, {true});
  EXPECT_EQ(said(answers), "yny");
  EXPECT_EQ(said(answers), "");
}

TEST(Answers, the_first_answer_stands) {
  Answers answers;
  const auto waits = *answers.asked();
  const auto id = *answers.asked();
  answers.give(id, {true, {1}});
  answers.give(id, {false});
  answers.give(waits, {false});
  answers.give(waits + 7, {true});
  EXPECT_EQ(answers.next(), Answer{});
  EXPECT_EQ(answers.next(), (Answer{true, {1}}));
  answers.give(id, {false});
  EXPECT_EQ(said(answers), "");
}

TEST(Answers, beyond_the_bound_requests_are_refused_in_their_turn) {
  Answers answers;
  const auto first = *answers.asked();
  for (std::size_t n = 1; n < Answers::waiting_max; ++n) answers.give(*answers.asked(), {true});
  for (int n = 0; n < 100'000; ++n) EXPECT_FALSE(answers.asked());
  answers.give(first, {true});
  EXPECT_EQ(said(answers), std::string(Answers::waiting_max, 'y') + std::string(100'000, 'n'));
  answers.give(*answers.asked(), {true});
  EXPECT_EQ(said(answers), "y");
}

}  // namespace
}  // namespace towline::ssh::connection
