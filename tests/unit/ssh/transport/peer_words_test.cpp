#include "ssh/transport/peer_words.hpp"

#include <gtest/gtest.h>

#include <string>

namespace towline::ssh {
namespace {

TEST(PeerWords, are_kept_in_one_line_and_in_order) {
  PeerWords words;
  EXPECT_TRUE(words.empty());
  words.add("\n***\r\n  Authorised\tusers \x1b[31monly\x1b[0m\n***\n");
  words.add("Your account has expired");
  EXPECT_EQ(words.quoted(), "\"*** Authorised users only ***\", \"Your account has expired\"");
}

TEST(PeerWords, nothing_to_be_seen_is_no_word) {
  PeerWords words;
  for (const auto* text : {"", " \r\n", "\x1b[2J", "\x01"}) words.add(text);
  EXPECT_TRUE(words.empty());
  EXPECT_EQ(words.take(), "");
}

TEST(PeerWords, however_much_comes_little_is_kept) {
  PeerWords words;
  for (int i = 0; i < 1000; ++i) words.add(std::to_string(i) + std::string(100'000, 'x'));
  EXPECT_LT(words.quoted().size(), PeerWords::texts_max * 300);
  EXPECT_EQ(words.quoted().find("\"0x"), 0U) << "the first";
  EXPECT_NE(words.quoted().find("\"997x"), std::string::npos) << "and the last three";
  EXPECT_EQ(words.quoted().find("\"996x"), std::string::npos);
}

TEST(PeerWords, what_is_repeated_counts_once_and_last) {
  PeerWords words;
  for (const auto* text : {"a", "b", "a"}) words.add(text);
  EXPECT_EQ(words.quoted(), "\"b\", \"a\"");
}

TEST(PeerWords, are_taken_once) {
  PeerWords words;
  words.add("welcome");
  EXPECT_EQ(words.take(), "\"welcome\"");
  EXPECT_EQ(words.take(), "");
  EXPECT_TRUE(words.empty());
}

}  // namespace
}  // namespace towline::ssh
