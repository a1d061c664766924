#include "admin/markup.hpp"

#include <gtest/gtest.h>

namespace towline::admin {
namespace {

struct Text {
  std::string_view from;
  std::string_view shown;
};

TEST(Markup, text_from_outside_is_no_markup_and_obeys_nobody) {
  for (const auto& [from, shown] :
       {Text{"db:5432", "db:5432"},
        Text{"<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"},
        Text{"\" onload=\"x", "&quot; onload=&quot;x"}, Text{"' onload='x", "&#39; onload=&#39;x"},
        Text{"&lt;", "&amp;lt;"}, Text{"a\xff\xc3", "a\xef\xbf\xbd\xef\xbf\xbd"},
        Text{"\x1b[31m", "\xef\xbf\xbd[31m"}, Text{"two\nlines", "two lines"},
        Text{"M\xc3\xbcnchen", "M\xc3\xbcnchen"}}) {
    EXPECT_EQ(escaped(from), shown);
  }
}

TEST(Markup, what_is_too_long_ends_in_an_ellipsis) {
  EXPECT_EQ(shortened("abcd", 4), "abcd");
  EXPECT_EQ(shortened("abcde", 4), "abc\xe2\x80\xa6");
  EXPECT_EQ(shortened("\xc3\xa4\xc3\xb6\xc3\xbc", 3), "\xc3\xa4\xc3\xb6\xc3\xbc") << "characters, not bytes";
  EXPECT_EQ(shortened("\xc3\xa4\xc3\xb6\xc3\xbc!", 3), "\xc3\xa4\xc3\xb6\xe2\x80\xa6");
  EXPECT_EQ(shortened("", 3), "");
}

TEST(Markup, bytes_have_the_unit_that_fits) {
  EXPECT_EQ(bytes(0), "0 B");
  EXPECT_EQ(bytes(1023), "1023 B");
  EXPECT_EQ(bytes(5 << 20), "5.0 MiB");
  EXPECT_EQ(bytes(427.4 * 1024), "427 KiB");
  EXPECT_EQ(bytes(3e15), "2728 TiB");
}

TEST(Markup, one_is_no_plural) {
  EXPECT_EQ(counted(1, "forward"), "1 forward");
  EXPECT_EQ(counted(2, "forward"), "2 forwards");
}

TEST(Markup, a_value_is_escaped_and_a_wide_one_says_so) {
  EXPECT_EQ(fact("Server", "<b>"), "<div><dt>Server</dt><dd>&lt;b&gt;</dd></div>\n");
  EXPECT_EQ(fact("Server", "b", Width::wide), "<div class=\"wide\"><dt>Server</dt><dd>b</dd></div>\n");
  EXPECT_EQ(state("bad", "<b>"), "<span class=\"state bad\">&lt;b&gt;</span>");
}

}  // namespace
}  // namespace towline::admin
