#include "text/utf8.hpp"

#include <gtest/gtest.h>

namespace towline::text {
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

TEST(Utf8, one_line_is_what_a_person_would_read) {
  struct Row {
    std::string_view text;
    std::string_view line;
  };
  const Row rows[] = {
      {"", ""},
      {"as it is, ü €", "as it is, ü €"},
      {"  two\r\n\r\n  lines\t\t here \n", "two lines here"},
      {"\xe2\x80\xa8paragraphs\xe2\x80\xa9 too", "paragraphs too"},
      {"\x1b[1;31mred\x1b[0m", "red"},
      {"\x1b]0;a title\x07text", "text"},
      {"\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link"},
      {"\x1bP1$r0m\x1b\\text", "text"},
      {"\x1b(Btext\x1b=", "text"},
      {"\xc2\x9b"
       "31mC1\xc2\x9d"
       "0;title\xc2\x9c",
       "C1"},
      {"\x1b]0;without an end", "0;without an end"},
      {"\x1b", ""},
      {"\x1b[", ""},
      {"a\x01\x7f\x08"
       "b\xc2\x80",
       "ab"},
      {"latin \xfc", "latin \xef\xbf\xbd"},
      {"\xe2\x80\xae"
       "backwards\xef\xbb\xbf",
       "backwards"},
  };
  for (const auto& row : rows) EXPECT_EQ(one_line(row.text, 100), row.line);
  EXPECT_EQ(one_line(std::string_view("nul\0s", 5), 100), "nuls");
}

TEST(Utf8, one_line_is_cut_at_a_character) {
  EXPECT_EQ(one_line("12345", 5), "12345");
  EXPECT_EQ(one_line("12345 \n", 5), "12345") << "nothing that could be seen is left out";
  EXPECT_EQ(one_line("123456", 5), "1234…");
  EXPECT_EQ(one_line("ääääää", 5), "ääää…");
  EXPECT_EQ(one_line("12 456", 5), "12 4…");
  EXPECT_EQ(one_line("1234 6", 5), "123…");
  EXPECT_EQ(one_line(std::string(1 << 20, 'x'), 256).size(), 255 + std::string_view("…").size());
}

}  // namespace
}  // namespace towline::text
