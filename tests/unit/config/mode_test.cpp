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

TEST(Mode, dynamic_in_all_its_words) {
  for (const auto text : {"-D", "D", "dynamic", "-N -D", "-ND", "-D -N"}) {
    const auto parsed = parse_mode(text);
    ASSERT_TRUE(parsed) << text;
    EXPECT_EQ(parsed->mode, Mode::dynamic) << text;
    EXPECT_FALSE(parsed->listen) << text;
  }
}

TEST(Mode, an_address_may_follow_dynamic) {
  EXPECT_EQ(parse_mode("-D 0.0.0.0:1080")->listen, (net::HostPort{"0.0.0.0", 1080}));
  EXPECT_EQ(parse_mode("-N -D 1080")->listen, (net::HostPort{"localhost", 1080}));
  EXPECT_EQ(parse_mode("-D [::1]:1080 -N")->listen, (net::HostPort{"::1", 1080}));
  EXPECT_EQ(parse_mode("dynamic *:1080")->listen, (net::HostPort{"", 1080}));
  for (const auto text : {"1080 -D", "-D 1080 1081", "-D db", "-D 1:2:3", "-L 1080"}) {
    EXPECT_FALSE(parse_mode(text)) << text;
  }
}

TEST(Mode, anything_else_is_a_problem) {
  for (const auto text : {"", "-", "--", "-r", "-l", "-X -R", "-LN", "forward", "-R 8080:localhost:80",
                          "-o Foo=bar -R", "R,L", "--remote", "-W"}) {
    const auto parsed = parse_mode(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_THAT(parsed.error().right, HasSubstr("write -R (remote), -L (local) or -D (dynamic)")) << text;
  }
  EXPECT_THAT(parse_mode("-R 8080:localhost:80").error().right, HasSubstr("SSH_FORWARDS"));
  EXPECT_THAT(parse_mode("-L -R").error().wrong, HasSubstr("two directions"));
  EXPECT_THAT(parse_mode("-N").error().wrong, HasSubstr("no direction"));
  EXPECT_THAT(parse_mode("-Z\x01 -R").error().wrong, HasSubstr("\"-Z\\x01\""));
}

}  // namespace
}  // namespace towline::config
