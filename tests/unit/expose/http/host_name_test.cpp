#include "expose/http/host_name.hpp"

#include <gtest/gtest.h>

namespace towline::expose::web {

namespace {

TEST(HostName, is_the_same_however_it_is_written) {
  struct Case {
    std::string_view text;
    Authority authority;
    std::string_view written;
  };
  const Case table[] = {
      {"web.test", {"web.test", {}}, "web.test"},
      {"WEB.Test.:8080", {"web.test", 8080}, "web.test:8080"},
      {"web.test:", {"web.test", {}}, "web.test"},
      {"a_b-c", {"a_b-c", {}}, "a_b-c"},
      {"127.0.0.1:80", {"127.0.0.1", 80}, "127.0.0.1:80"},
      {"[2001:DB8:0:0::1]:443", {"2001:db8::1", 443}, "[2001:db8::1]:443"},
      {"[::1]", {"::1", {}}, "[::1]"},
  };
  for (const auto& [text, authority, written] : table) {
    const auto parsed = parse_authority(text);
    ASSERT_TRUE(parsed) << text;
    EXPECT_EQ(*parsed, authority) << text;
    EXPECT_EQ(to_string(*parsed), written);
  }
}

TEST(HostName, what_names_no_host_is_none) {
  const auto long_one = std::string(255, 'a');
  for (const std::string_view text :
       {"",          ".",     "..",   ".a",   "a..b",          "a.b..",   "a b",
        "a/b",       "a?b",   "a#b",  "u@a",  "u:p@a",         "a:b",     "a:-1",
        "a:65536",   "a:1:2", "::1",  "[::1", "[::1]a",        "[::1]:x", "[::1%25eth0]",
        "[1.2.3.4]", "[]",    "a\\b", "a%2e", "\xc3\xa4.test", "a,b",     "*"})
    EXPECT_FALSE(parse_authority(text)) << text;
  EXPECT_FALSE(parse_authority(long_one));
}

}  // namespace

}  // namespace towline::expose::web
