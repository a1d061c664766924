#include "admin/target.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace towline::admin {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(Target, a_path_stands_before_the_query) {
  const auto target = parse_target("/readyz?verbose&exclude=db&exclude=a%20b+c&x=y");
  ASSERT_TRUE(target);
  EXPECT_EQ(target->path, "/readyz");
  EXPECT_TRUE(target->verbose);
  EXPECT_THAT(target->excluded, ElementsAre("db", "a b c"));
}

TEST(Target, nothing_asked_is_nothing_set) {
  for (const char* text : {"/", "/?", "/?&", "/?verbos", "/?exclude", "/#?verbose"}) {
    const auto target = parse_target(text);
    ASSERT_TRUE(target) << text;
    EXPECT_EQ(target->path, "/");
    EXPECT_FALSE(target->verbose);
    EXPECT_THAT(target->excluded, IsEmpty());
  }
}

TEST(Target, escapes_are_decoded_in_the_path) {
  EXPECT_EQ(parse_target("/readyz/a%2Fb+c")->path, "/readyz/a/b+c");
  EXPECT_TRUE(parse_target("/?verbose=1")->verbose);
}

TEST(Target, what_is_not_an_absolute_path_is_refused) {
  for (const char* text :
       {"", "*", "readyz", "http://h/readyz", "/%", "/%4", "/%zz", "/?exclude=%", "/%-1"}) {
    EXPECT_FALSE(parse_target(text)) << text;
  }
}

}  // namespace
}  // namespace towline::admin
