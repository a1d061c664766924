#include "admin/page.hpp"

#include "unit/admin/sample_view.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace towline::admin {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(Page, shows_every_forward_with_cause_and_remedy) {
  const std::string html = page(sample_view());
  for (const char* part :
       {"not ready: auth", "<h2>db</h2>", "up for 42s", "127.0.0.1:5432", "5.0 MiB, 1000 B", "<h2>cache</h2>",
        "backoff for 42s", "<b>auth</b>: the server offers publickey", "add the public key",
        "next attempt in 12s", "OpenSSH_9.2p1"}) {
    EXPECT_THAT(html, HasSubstr(part));
  }
}

TEST(Page, text_from_outside_is_not_markup) {
  View view = sample_view();
  observe::change(view.facts.forwards[1],
                  [](observe::ForwardStatus& status) { status.detail = "<script>\"&\xff"; });
  observe::configure(view.facts.forwards[1], [](observe::ForwardTraits& traits) { traits.name = "<i>"; });
  const std::string html = page(view);
  EXPECT_THAT(html, HasSubstr("&lt;script&gt;&quot;&amp;\xef\xbf\xbd"));
  EXPECT_THAT(html, Not(HasSubstr("<script")));
  EXPECT_THAT(html, Not(HasSubstr("<i>")));
}

TEST(Page, loads_nothing_from_elsewhere) {
  const std::string html = page(sample_view());
  EXPECT_THAT(html, Not(HasSubstr("src=")));
  EXPECT_THAT(html, Not(HasSubstr("http://")));
  EXPECT_THAT(html, Not(HasSubstr("https://")));
}

TEST(Page, a_listener_shows_the_port_it_really_has) {
  View view = ready_view();
  observe::configure(view.facts.forwards[0], [](observe::ForwardTraits& traits) {
    traits.mode = "remote";
    traits.listen = "localhost:0";
  });
  observe::change(view.facts.forwards[0], [](observe::ForwardStatus& status) { status.bound_port = 40123; });
  EXPECT_THAT(page(view), HasSubstr("localhost:0 (port 40123) <span class=\"soft\">on the server</span>"));
}

TEST(Page, a_forward_on_its_way_needs_no_cause) {
  View view = ready_view();
  view.facts.forwards[0] = observe::sample_forward("db", observe::ForwardState::connecting);
  EXPECT_THAT(page(view), HasSubstr("connecting for 42s"));
  EXPECT_THAT(page(view), Not(HasSubstr("class=\"why")));
}

TEST(Page, an_agent_without_forwards_says_so) {
  EXPECT_THAT(page(View{}), HasSubstr("No forward is configured"));
}

}  // namespace
}  // namespace towline::admin
