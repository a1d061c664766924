#include "publish/lines.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace towline::publish {
namespace {

std::vector<std::string> in_pieces(std::string_view text, std::size_t size) {
  Lines lines;
  std::vector<std::string> all;
  Lines::Line line;
  for (std::size_t at = 0; at < text.size(); at += size) {
    lines.feed(text.substr(at, size));
    while (lines.next(line)) all.push_back(line.text + (line.cut ? " (cut)" : ""));
  }
  lines.finish();
  while (lines.next(line)) all.push_back(line.text);
  return all;
}

TEST(Lines, are_the_same_whatever_pieces_they_come_in) {
  constexpr std::string_view text =
      "\x1b[44mHTTP\x1b[0m: http://web.example\r\n\r\n\x1b]0;title\x07one\rtwo\n  caf\xc3\xa9 \xff\nthe last";
  const std::vector<std::string> expected = {"HTTP: http://web.example", "one", "two", "café \xef\xbf\xbd",
                                             "the last"};
  for (std::size_t size = 1; size <= text.size(); ++size) EXPECT_EQ(in_pieces(text, size), expected) << size;
}

TEST(Lines, that_do_not_end_are_bounded_and_told_as_cut) {
  const std::string text = std::string(100'000, 'a') + "\nshort\n";
  for (const std::size_t size : {std::size_t{1}, std::size_t{1000}, text.size()}) {
    const auto lines = in_pieces(text, size);
    ASSERT_EQ(lines.size(), 2U);
    EXPECT_EQ(lines[0], std::string(Lines::length_max, 'a') + " (cut)");
    EXPECT_EQ(lines[1], "short");
  }
}

TEST(Lines, without_an_end_are_none_until_the_end) {
  Lines lines;
  Lines::Line line;
  lines.feed("https://web.exam");
  EXPECT_FALSE(lines.next(line));
  lines.feed("ple");
  EXPECT_FALSE(lines.next(line));
  lines.finish();
  EXPECT_TRUE(lines.next(line));
  EXPECT_EQ(line.text, "https://web.example");
  EXPECT_FALSE(lines.next(line));
}

}  // namespace
}  // namespace towline::publish
