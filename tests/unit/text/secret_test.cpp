#include "text/secret.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <type_traits>
#include <utility>

namespace towline::text {
namespace {

const std::string long_text(100, 'k');

TEST(Secret, reveals_what_it_was_given) {
  EXPECT_EQ(Secret(std::string(long_text)).reveal(), long_text);
  EXPECT_EQ(Secret(std::string("short")).reveal(), "short");
  EXPECT_TRUE(Secret().empty());
  EXPECT_FALSE(Secret(std::string("x")).empty());
}

TEST(Secret, is_moved_and_never_copied) {
  EXPECT_FALSE(std::is_copy_constructible_v<Secret>);
  EXPECT_FALSE(std::is_copy_assignable_v<Secret>);
  EXPECT_TRUE(std::is_nothrow_move_constructible_v<Secret>);
}

// A short string lives inside its object: what a move leaves there can be looked at.
TEST(Secret, leaves_nothing_behind_where_it_came_from) {
  std::string text = "short";
  const char* const place = text.data();
  Secret secret(std::move(text));
  EXPECT_TRUE(std::all_of(place, place + 5, [](char c) { return c == 0; }));

  const char* const inside = secret.reveal().data();
  const Secret moved(std::move(secret));
  EXPECT_EQ(moved.reveal(), "short");
  EXPECT_TRUE(std::all_of(inside, inside + 5, [](char c) { return c == 0; }));
  EXPECT_TRUE(secret.empty());  // NOLINT(bugprone-use-after-move): its emptiness is what is promised
}

TEST(Secret, is_wiped_before_another_takes_its_place) {
  Secret secret(std::string("longsecret"));
  const char* const place = secret.reveal().data();
  secret = Secret(std::string("new"));
  EXPECT_EQ(secret.reveal(), "new");
  EXPECT_TRUE(std::all_of(place + 4, place + 10, [](char c) { return c == 0; }));
}

TEST(Secret, is_wiped_at_the_end_of_its_life) {
  alignas(Secret) unsigned char place[sizeof(Secret)] = {};
  auto* secret = new (place) Secret(std::string("short"));
  const auto at = reinterpret_cast<const unsigned char*>(secret->reveal().data()) - place;
  secret->~Secret();
  EXPECT_TRUE(std::all_of(place + at, place + at + 5, [](unsigned char c) { return c == 0; }));
}

TEST(Secret, survives_being_assigned_to_itself) {
  Secret secret(std::string{long_text});
  auto& same = secret;
  secret = std::move(same);
  EXPECT_EQ(secret.reveal(), long_text);
}

}  // namespace
}  // namespace towline::text
