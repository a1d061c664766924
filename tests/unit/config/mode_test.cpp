#include "config/mode.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace towline::config {
namespace {

using forward::Mode;
using testing::HasSubstr;

TEST(Mode, remote_in_all_its_words) {
  for (const auto text : {"-R", "R", "r", "remote", "Remote", "reverse", "-N -R", "-NT -R", "-NR", " -R ",
                          "-g -R", "-R -N", "-R -R", "-N\t-T\n-R"}) {
    const auto parsed = parse_mode(text);
    ASSERT_TRUE(parsed) << text;
    EXPECT_EQ(parsed->mode, Mode::remote) << text;
    EXPECT_EQ(parsed->ignored, "") << text;
  }
}

TEST(Mode, local_in_all_its_words) {
  for (const auto text :
       {"-L", "L", "l", "local", "LOCAL", "-Ng -L", "-g -L", "-NL", "-N -T -g -L", "-NgL"}) {
    const auto parsed = parse_mode(text);
    ASSERT_TRUE(parsed) << text;
    EXPECT_EQ(parsed->mode, Mode::local) << text;
    EXPECT_EQ(parsed->ignored, "") << text;
  }
}

TEST(Mode, flags_that_mean_something_in_ssh_are_reported) {
  EXPECT_EQ(parse_mode("-4 -L")->ignored, "-4");
  EXPECT_EQ(parse_mode("-N4C -6 -L")->ignored, "-4 -C -6");
  EXPECT_EQ(parse_mode("-CR")->ignored, "-C");
}

TEST(Mode, dynamic_is_understood_and_refused) {
  for (const auto text : {"-D", "D", "dynamic", "-N -D", "-D 0.0.0.0:1080", "-ND"}) {
    const auto parsed = parse_mode(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_THAT(parsed.error().wrong, HasSubstr("not available in this version")) << text;
  }
}

TEST(Mode, anything_else_is_a_problem) {
  for (const auto text : {"", "-", "--", "-r", "-l", "-X -R", "-LN", "forward", "-R 8080:localhost:80",
                          "-o Foo=bar -R", "R,L", "--remote", "-W"}) {
    const auto parsed = parse_mode(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().right, "write -R (remote) or -L (local)") << text;
  }
  EXPECT_THAT(parse_mode("-L -R").error().wrong, HasSubstr("two directions"));
  EXPECT_THAT(parse_mode("-N").error().wrong, HasSubstr("no direction"));
  EXPECT_THAT(parse_mode("-Z\x01 -R").error().wrong, HasSubstr("\"-Z\\x01\""));
}

}  // namespace
}  // namespace towline::config
