#include "config/contents.hpp"

#include <gtest/gtest.h>

namespace towline::config {
namespace {

TEST(Contents, are_kept_as_they_stand) {
  for (const auto text : {" open ", "ssh-ed25519 AAAA me", "line\n/line", "/usr is not a path alone"}) {
    const auto content = parse_content(text);
    ASSERT_TRUE(content) << text;
    EXPECT_EQ((*content)->reveal(), text);
  }
}

TEST(Contents, are_not_a_path_alone_but_a_password_may_be) {
  const auto content = parse_content("/run/key");
  ASSERT_FALSE(content);
  EXPECT_EQ(content.error().wrong, "is a path, not the content");
  EXPECT_EQ((*parse_secret("/run/key"))->reveal(), "/run/key");
}

}  // namespace
}  // namespace towline::config
