#include "observe/utf8.hpp"

#include <gtest/gtest.h>

namespace towline::observe {
namespace {

TEST(Utf8, valid_text_stays_as_it_is) {
  const std::string text = "plain, ü, €, \xf0\x9f\x9a\xa2";
  EXPECT_EQ(valid_utf8(text), text);
}

TEST(Utf8, what_is_not_utf8_is_replaced_byte_by_byte) {
  EXPECT_EQ(valid_utf8("a\xff z"), "a\xef\xbf\xbd z");
  EXPECT_EQ(valid_utf8("\xc3"), "\xef\xbf\xbd");                                  // cut short
  EXPECT_EQ(valid_utf8("\xc0\xaf"), "\xef\xbf\xbd\xef\xbf\xbd");                  // overlong
  EXPECT_EQ(valid_utf8("\xed\xa0\x80"), "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");  // surrogate
  EXPECT_EQ(valid_utf8("\xf4\x90\x80\x80"),
            "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");  // above U+10FFFF
}

TEST(Utf8, a_step_tells_the_code_point_and_its_length) {
  const Utf8Step step = next_code_point("\xe2\x82\xac");
  EXPECT_TRUE(step.valid);
  EXPECT_EQ(step.code_point, 0x20acU);
  EXPECT_EQ(step.length, 3U);
}

TEST(Utf8, controls_are_c0_del_and_c1) {
  EXPECT_TRUE(is_control(0x1b));
  EXPECT_TRUE(is_control(0x7f));
  EXPECT_TRUE(is_control(0x9b));
  EXPECT_FALSE(is_control(' '));
  EXPECT_FALSE(is_control(0xa0));
}

}  // namespace
}  // namespace towline::observe
