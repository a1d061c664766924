#include "ssh/auth/server/refusal.hpp"

#include <gtest/gtest.h>

#include <set>

namespace towline::ssh {
namespace {

TEST(Refusal, has_a_label_and_a_sentence_of_its_own) {
  std::set<std::string_view> labels;
  std::set<std::string_view> sentences;
  for (int i = 0; i <= static_cast<int>(Refusal::login_timeout); ++i) {
    EXPECT_TRUE(labels.insert(label_of(static_cast<Refusal>(i))).second) << i;
    EXPECT_TRUE(sentences.insert(sentence_of(static_cast<Refusal>(i))).second) << i;
  }
  EXPECT_EQ(label_of(Refusal::key_unknown), "key_unknown");
  EXPECT_EQ(label_of(Refusal::login_timeout), "login_timeout");
}

}  // namespace
}  // namespace towline::ssh
