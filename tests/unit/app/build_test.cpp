#include "app/build.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace towline::app {
namespace {

using testing::HasSubstr;

TEST(Build, version_says_what_the_program_is_made_of_one_fact_a_line) {
  const auto info = build_info();
  EXPECT_NE(info.version, "");
  EXPECT_NE(info.libssh2, "");
  EXPECT_NE(info.crypto, "");
  const auto text = version_text();
  EXPECT_TRUE(text.starts_with("towline " + info.version + "\n")) << text;
  EXPECT_THAT(text, HasSubstr("\nrevision " + std::string(revision()) + "\n"));
  EXPECT_THAT(text, HasSubstr("\ncompiler "));
  EXPECT_THAT(text, HasSubstr("\nlibssh2 " + info.libssh2 + "\n"));
  EXPECT_THAT(text, testing::ContainsRegex("\nlibssh [0-9.]+-[^\n]*[+]towline[0-9]+\n"));
  EXPECT_THAT(text, HasSubstr("\nOpenSSL " + info.crypto + "\n"));
  EXPECT_TRUE(text.ends_with('\n'));
}

TEST(Build, version_is_there_for_programs_too) {
  const auto json = version_json();
  EXPECT_THAT(json, HasSubstr("{\"version\":\"" + build_info().version + "\",\"revision\":\""));
  EXPECT_THAT(json, HasSubstr("\"openssl\":\"" + build_info().crypto + "\"}\n"));
}

}  // namespace
}  // namespace towline::app
