#include "text/repair.hpp"

#include <gtest/gtest.h>

#include <string>

namespace towline::text {
namespace {

TEST(TextRepair, one_pair_of_quotes_and_a_byte_order_mark_come_off) {
  const std::pair<std::string, std::string> rows[] = {{"a\n", "a\n"},
                                                      {"\"a\nb\"\n", "a\nb"},
                                                      {" 'a' ", "a"},
                                                      {"\"a'", "\"a'"},
                                                      {"\"", "\""},
                                                      {"\"\"", ""},
                                                      {"''a''", "'a'"},
                                                      {"", ""},
                                                      {" \n", " \n"},
                                                      {"\xEF\xBB\xBF"
                                                       "a",
                                                       "a"},
                                                      {"\"a\" b", "\"a\" b"}};
  for (const auto& [text, bare] : rows) EXPECT_EQ(unwrapped(text), bare) << text;
}

TEST(TextRepair, a_line_break_may_be_written_out) {
  const std::pair<std::string, std::size_t> rows[] = {{"\\nx", 2}, {"\\rx", 2}, {"\\\\nx", 3}, {"\\tx", 0},
                                                      {"n", 0},    {"\n", 0},   {"\\", 0},     {"", 0}};
  for (const auto& [text, length] : rows) EXPECT_EQ(written_break(text), length) << text;
}

// With the square of the time it would take longer than a test may.
TEST(TextRepair, a_backslash_does_not_look_at_all_others) {
  EXPECT_EQ(written_break("\\\\\\\\n"), 5);
  EXPECT_EQ(written_break("\\\\\\\\\\n"), 0);
  const std::string backslashes(std::size_t{1} << 20U, '\\');
  std::size_t breaks = 0;
  for (std::string_view rest = backslashes; !rest.empty(); rest.remove_prefix(1))
    breaks += written_break(rest);
  EXPECT_EQ(breaks, 0);
}

TEST(TextRepair, base64_is_decoded_whatever_is_between_its_letters) {
  EXPECT_EQ(decode_base64(" YWJ\r\nj\n").reveal(), "abc");
  for (const char* text : {"", "YWJj!", "YWJ", "key ssh-rsa AAAA"})
    EXPECT_TRUE(decode_base64(text).empty()) << text;
}

}  // namespace
}  // namespace towline::text
