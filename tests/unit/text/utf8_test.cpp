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

TEST(Utf8, what_turns_the_writing_ends_a_line_or_is_not_seen_is_unsafe) {
  for (const char32_t c :
       {0x85, 0xad, 0x61c, 0x200b, 0x200d, 0x200f, 0x2028, 0x2029, 0x202e, 0x2060, 0x2069, 0xfeff, 0xe0041})
    EXPECT_TRUE(is_unsafe(c)) << std::hex << static_cast<unsigned>(c);
  for (const char32_t c : {0x20, 0xa0, 0xe4, 0x2010, 0x2026, 0x2030, 0x1f600}) EXPECT_FALSE(is_unsafe(c));
}

TEST(Utf8, a_text_of_a_peer_is_shown_in_256_characters) {
  EXPECT_EQ(shown(std::string(256, 'x')), std::string(256, 'x'));
  EXPECT_EQ(shown(std::string(34'000, 'x')), std::string(255, 'x') + "…");
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

// With the square of the time it would take longer than a test may.
TEST(Utf8, one_line_reads_a_text_once_whatever_ends_in_it) {
  for (const std::string_view piece :
       {"\x1b]", "\x1b]\a", "\x1bP\xc2\x9c", "\x1b[", "\x1b[0", "\xc2\x9d", "\x1b"}) {
    std::string text;
    while (text.size() < std::size_t{1} << 19U) text += piece;
    EXPECT_LE(one_line(text, 100).size(), 101 + std::string_view("…").size())
        << testing::PrintToString(piece);
  }
}

}  // namespace
}  // namespace towline::text
