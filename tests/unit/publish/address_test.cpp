#include "publish/address.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace towline::publish {
namespace {

TEST(Address, is_a_url_or_host_and_port_and_shows_no_secret) {
  const std::pair<const char*, const char*> table[] = {
      {"https://web.example", "https://web.example"},
      {"HTTPS://Web.Example/", "https://Web.Example"},
      {"http://web.example:8080/a/b", "http://web.example:8080/a/b"},
      {"https://anna:secret@web.example/path", "https://web.example/path"},
      {"https://web.example/?token=secret", "https://web.example"},
      {"https://web.example/a#secret", "https://web.example/a"},
      {"https://web.example?token=secret@host", "https://web.example"},
      {"https://[2001:db8::1]:8443", "https://[2001:db8::1]:8443"},
      {"serveo.net:38234", "serveo.net:38234"},
      {"tcp://serveo.net:38234", "serveo.net:38234"},
      {"[::1]:22", "[::1]:22"},
      {"ssh://web.example", ""},
      {"javascript:alert(1)", ""},
      {"javascript://web.example/%0aalert(1)", ""},
      {"https://", ""},
      {"https://web.example:99999", ""},
      {"https://web.example:0", ""},
      {"https://web\".example", ""},
      {"https://web.example/\"onclick=x", ""},
      {"https://web.example/<b>", ""},
      {"https://-web.example", ""},
      {"web.example", ""},
      {"web.example:http", ""},
      {"", ""},
      {":80", ""},
      {"a b:80", ""},
      {"https://wéb.example", ""},
  };
  for (const auto& [text, address] : table) EXPECT_EQ(address_of(text), address) << text;
  EXPECT_EQ(address_of("https://" + std::string(600, 'a')), "");
  EXPECT_EQ(address_of("https://" + std::string(254, 'a')), "");
}

TEST(Address, has_a_place_that_does_not_depend_on_how_it_is_written) {
  EXPECT_EQ(place_of("https://Web.example/path"), "web.example");
  EXPECT_EQ(place_of("http://web.example:8080"), "web.example:8080");
  EXPECT_EQ(place_of("Web.example:22"), "web.example:22");
  EXPECT_EQ(scheme_of("https://a"), "https");
  EXPECT_EQ(scheme_of("http://a"), "http");
  EXPECT_EQ(scheme_of("https.example:1"), "");
}

TEST(Address, that_holds_a_token_is_told_without_it) {
  EXPECT_EQ(without_queries("see https://a/console?x=secret&y=z for it"), "see https://a/console?… for it");
  EXPECT_EQ(without_queries("really? yes"), "really?… yes");
}

}  // namespace
}  // namespace towline::publish
