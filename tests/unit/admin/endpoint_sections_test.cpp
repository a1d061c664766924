#include "admin/endpoint_sections.hpp"

#include "unit/admin/sample_view.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace towline::admin {
namespace {

using observe::EndpointFacts;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr std::size_t room_of_a_page = 20'000;

std::string sections(const std::vector<EndpointFacts>& endpoints, std::size_t room = room_of_a_page) {
  return endpoint_sections(endpoints, observe::sample_now(), room);
}

TEST(EndpointSections, are_nothing_where_there_is_no_endpoint) { EXPECT_EQ(sections({}), ""); }

TEST(EndpointSections, tell_where_to_connect_and_what_to_compare) {
  EXPECT_THAT(sections({sample_endpoint(0)}),
              AllOf(HasSubstr("<h2>Clients of tools</h2>"), HasSubstr("<dd>127.0.0.1:2222, [::1]:2222</dd>"),
                    HasSubstr("<dt>Clients</dt><dd>0</dd>"), HasSubstr("<dd>SHA256:hostkey</dd>"),
                    Not(HasSubstr("<details>")), Not(HasSubstr("more in"))));
}

TEST(EndpointSections, tell_who_is_there_since_when_and_what_is_open) {
  auto endpoint = sample_endpoint(2);
  endpoint.clients[0].channels = {1, 12, 0};
  endpoint.clients[0].listens = {"localhost:8080", "/run/a.sock"};
  endpoint.clients[0].listens_more = 3;
  EXPECT_THAT(
      sections({endpoint}),
      AllOf(HasSubstr("<h3>1 user</h3><span class=\"state good\">here for 42s</span>"),
            HasSubstr("<span class=\"way\">192.0.2.1:4711</span>"), HasSubstr(">1 session, 12 local</span>"),
            HasSubstr("<dd>localhost:8080, /run/a.sock and 3 more</dd>"),
            HasSubstr("<dt>Login</dt><dd>publickey</dd>"), HasSubstr("<dd>SHA256:userkey</dd>"),
            HasSubstr(">nothing open</span>"), HasSubstr("<dd>none</dd>")));
}

TEST(EndpointSections, say_when_nobody_can_connect) {
  auto endpoint = sample_endpoint(0);
  endpoint.listen.clear();
  EXPECT_THAT(sections({endpoint}), HasSubstr("<dd>nowhere at present</dd>"));
}

TEST(EndpointSections, keep_to_their_room_and_count_who_is_left_out) {
  auto endpoint = sample_endpoint(1'024);
  endpoint.clients_more = 10;
  const auto html = sections({endpoint}, 5'000);
  EXPECT_LE(html.size(), 5'000U);
  EXPECT_GT(html.size(), 3'500U);
  EXPECT_THAT(html, HasSubstr(" clients more in <a href=\"/statusz\">"));
  EXPECT_THAT(html, HasSubstr("<dt>Clients</dt><dd>1034</dd>"));
}

TEST(EndpointSections, share_the_room_and_count_endpoints_that_have_none) {
  const auto two = sections({sample_endpoint(100), sample_endpoint(1)}, 5'000);
  EXPECT_THAT(two.substr(two.rfind("<h2>")), HasSubstr("<h3>1 user</h3>"));
  const auto many = sections(std::vector<EndpointFacts>(100, sample_endpoint(0)), 5'000);
  EXPECT_LE(many.size(), 5'000U);
  EXPECT_THAT(many, HasSubstr(" endpoints more in <a href=\"/statusz\">"));
}

}  // namespace
}  // namespace towline::admin
