#include "expose/web/page.hpp"

#include <gmock/gmock.h>

#include <list>

namespace towline::expose::web {

namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

TEST(Page, says_what_is_wrong_and_is_not_stored) {
  const auto text = page(NoWay::bad_request, {}, "<script>&\"'");
  EXPECT_THAT(text, StartsWith("HTTP/1.1 400 Bad Request\r\nTowline-Reason: bad_request\r\n"));
  EXPECT_THAT(text, HasSubstr("\r\nCache-Control: no-store\r\n"));
  EXPECT_THAT(text, HasSubstr("\r\nConnection: close\r\n"));
  EXPECT_THAT(text, HasSubstr("&lt;script&gt;&amp;&quot;&#39;"));
  EXPECT_THAT(text, HasSubstr("towline: bad_request"));
  const auto body = text.substr(text.find("\r\n\r\n") + 4);
  EXPECT_THAT(text, HasSubstr("Content-Length: " + std::to_string(body.size()) + "\r\n"));
}

TEST(Page, head_gets_none) {
  EXPECT_THAT(page(NoWay::gone, {.is_head = true, .keep_alive = true}), EndsWith("\r\n\r\n"));
  EXPECT_THAT(page(NoWay::gone, {.is_head = true, .keep_alive = true}), Not(HasSubstr("Connection")));
  EXPECT_THAT(page(NoWay::gone, {.keep_alive = true, .minor = 0}), HasSubstr("Connection: keep-alive"));
}

TEST(Page, each_reason_has_a_status_with_a_phrase) {
  for (const auto& text : no_ways)
    EXPECT_THAT(page(text.why, {}), Not(HasSubstr(std::to_string(text.status) + " \r\n"))) << text.label;
}

TEST(Page, redirects_name_the_port_where_it_is_not_the_usual_one) {
  const auto head = [](std::string_view target) {
    static std::list<std::string> kept;
    return std::get<RequestHead>(parse_request(
        kept.emplace_back("GET " + std::string(target) + " HTTP/1.1\r\nHost: a.test:80\r\n\r\n")));
  };
  EXPECT_THAT(redirect(head("/x?y"), 443, true), HasSubstr("Location: https://a.test/x?y\r\n"));
  EXPECT_THAT(redirect(head("/x"), 8443, true), HasSubstr("Location: https://a.test:8443/x\r\n"));
  EXPECT_THAT(redirect(head("/\"<\xc3\xa4>"), 443, true),
              HasSubstr("Location: https://a.test/%22%3C%C3%A4%3E\r\n"));
}

}  // namespace

}  // namespace towline::expose::web
