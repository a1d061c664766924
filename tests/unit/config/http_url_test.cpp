#include "config/http_url.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace towline::config {
namespace {

using testing::HasSubstr;

std::string read(std::string_view text) {
  const auto url = parse_http_url(text);
  if (!url) return url.error().wrong;
  return (url->tls ? "tls " : "") + net::to_string(url->where) + ' ' + url->target;
}

TEST(HttpUrl, says_where_to_connect_and_what_to_ask_for) {
  const std::pair<std::string_view, std::string> table[] = {
      {"https://auth.example.org/login", "tls auth.example.org:443 /login"},
      {"http://auth", "auth:80 /"},
      {"HTTP://auth:8080/a/b?c=d&e=f", "auth:8080 /a/b?c=d&e=f"},
      {"https://[2001:db8::1]/x", "tls [2001:db8::1]:443 /x"},
      {"https://[::1]:8443", "tls [::1]:8443 /"},
      {"http://10.0.0.1?x=%20", "10.0.0.1:80 /?x=%20"},
  };
  for (const auto& [text, url] : table) EXPECT_EQ(read(text), url);
}

TEST(HttpUrl, is_nothing_else) {
  for (const auto* text :
       {"", "auth", "auth:80", "ftp://auth/", "//auth/", "https:/auth", "unix:///run/auth.sock"})
    EXPECT_EQ(read(text), "is not the URL of an HTTP service") << text;
  for (const auto* text : {"http://", "http:///login", "http://:80/", "http://auth:0/", "http://auth:x/",
                           "http://auth:65536", "http://[::1/", "http://a b/"})
    EXPECT_THAT(read(text), HasSubstr("has ")) << text;
}

// Each would end the request line, or the header, somewhere else.
TEST(HttpUrl, has_no_character_that_a_request_would_end_with) {
  for (const auto* text : {"http://auth/a b", "http://auth/\r\nX: y", "http://auth/\x7f",
                           "http://auth/\xC3\xBC", "http://a\tb/"})
    EXPECT_EQ(read(text), "has a character that no URL has") << text;
  EXPECT_THAT(read("http://auth/#top"), HasSubstr("fragment"));
}

TEST(HttpUrl, has_a_user_in_front_of_the_host_only) {
  for (const auto* text : {"https://me@host/", "https://me:x@host", "x://@host"})
    EXPECT_TRUE(has_user_in_url(text)) << text;
  for (const auto* text : {"https://host/@", "https://host?a@b", "me@host", ""})
    EXPECT_FALSE(has_user_in_url(text)) << text;
}

}  // namespace
}  // namespace towline::config
