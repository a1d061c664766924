#include "admin/forward_markup.hpp"

#include "unit/admin/sample_view.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace towline::admin {
namespace {

using observe::ForwardFacts;
using observe::ForwardState;
using observe::ForwardStatus;
using observe::ForwardTraits;
using testing::HasSubstr;
using testing::Not;

ForwardSight seen(const ForwardFacts& facts) {
  View view;
  view.facts = observe::sample_facts({facts});
  return sight(facts, view);
}

TEST(ForwardMarkup, a_public_address_is_a_link_where_it_is_of_the_web_and_text_where_not) {
  auto facts = observe::sample_forward("db", ForwardState::up);
  observe::change(facts, [](ForwardStatus& status) {
    status.public_addresses = {"https://web.example", "http://a\"><script>", "javascript:alert(1)",
                               "example:5432"};
  });
  const auto shown = folded(seen(facts), observe::sample_now());
  EXPECT_THAT(
      shown,
      HasSubstr("<a href=\"https://web.example\" rel=\"noreferrer noopener\">https://web.example</a>"));
  EXPECT_THAT(shown, HasSubstr("<a href=\"http://a&quot;&gt;&lt;script&gt;\""));
  EXPECT_THAT(shown, HasSubstr(", javascript:alert(1), example:5432</span>"));
  EXPECT_THAT(shown, Not(HasSubstr("<script>")));
}

TEST(ForwardMarkup, the_way_says_who_listens_and_where_a_connection_comes_out) {
  struct Row {
    const char* mode;
    const char* listen;
    const char* target;
    std::uint16_t bound;
    const char* way;
    const char* line;
  };
  for (const Row& row :
       {Row{"local", "127.0.0.1:80", "web:80", 80, "127.0.0.1:80 [here] → web:80 [from the server]",
            "-L 127.0.0.1:80 → web:80"},
        Row{"remote", "localhost:0", "web:80", 40123,
            "localhost:0 (port 40123) [on the server] → web:80 [from here]",
            "-R localhost:0 (port 40123) → web:80"},
        Row{"dynamic", "127.0.0.1:1080", "socks", 1080, "127.0.0.1:1080 [here] → anywhere [from the server]",
            "-D 127.0.0.1:1080 → anywhere"},
        Row{"share", "127.0.0.1:2222", "ssh", 2222, "127.0.0.1:2222 [here] → ssh [from the server]",
            "-S 127.0.0.1:2222 → ssh"},
        Row{"local", "/run/a<b>.sock", "/run/db.sock", 0,
            "/run/a&lt;b&gt;.sock [here] → /run/db.sock [from the server]",
            "-L /run/a&lt;b&gt;.sock → /run/db.sock"}}) {
    auto facts = observe::sample_forward("db", ForwardState::up);
    observe::configure(facts, [&](ForwardTraits& traits) {
      traits.mode = row.mode;
      traits.listen = row.listen;
      traits.target = row.target;
    });
    observe::change(facts, [&](ForwardStatus& status) {
      if (row.bound != 0) status.bound_port = row.bound;
    });
    std::string expected = row.way;
    for (auto at = expected.find('['); at != std::string::npos; at = expected.find('['))
      expected.replace(at, 1, "<span class=\"soft\">");
    for (auto at = expected.find(']'); at != std::string::npos; at = expected.find(']'))
      expected.replace(at, 1, "</span>");
    EXPECT_EQ(way(seen(facts)), expected);
    EXPECT_EQ(line(seen(facts)), "<li><b>db</b> " + std::string(row.line) + "\n");
  }
}

TEST(ForwardMarkup, the_last_probe_is_told_with_its_age) {
  auto facts = observe::sample_forward("db", ForwardState::up);
  EXPECT_THAT(folded(seen(facts), observe::sample_now()), Not(HasSubstr("probe"))) << "none is configured";

  observe::configure(facts, [](ForwardTraits& traits) { traits.probed = true; });
  EXPECT_THAT(folded(seen(facts), observe::sample_now()), HasSubstr("0 open, probe none yet"));

  observe::change(facts, [](ForwardStatus& status) { status.probe = {{}, "", observe::before(4s), 12ms}; });
  EXPECT_THAT(folded(seen(facts), observe::sample_now()), HasSubstr("0 open, probe ok 4s ago"));
  EXPECT_THAT(facts_list(seen(facts), observe::sample_now()),
              HasSubstr("<dt>Last probe</dt><dd>ok 4s ago</dd>"));

  observe::change(facts, [](ForwardStatus& status) {
    status.probe = {observe::ProbeFailure::http_status, "503", observe::before(65s), 12ms};
  });
  EXPECT_THAT(facts_list(seen(facts), observe::sample_now()),
              HasSubstr("<dd>failed (http_status) 1m5s ago</dd>"));
}

TEST(ForwardMarkup, what_is_its_own_is_listed) {
  View view = sample_view();
  const std::string html = facts_list(sight(view.facts.forwards[0], view), view.facts.now);
  for (const char* part : {"3 open, 9 in all", "<dt>Failed connections</dt><dd>2</dd>",
                           "<dt>Received</dt><dd>5.0 MiB</dd>", "<dt>Sent</dt><dd>1000 B</dd>"}) {
    EXPECT_THAT(html, HasSubstr(part));
  }
  EXPECT_THAT(html, Not(HasSubstr("does not count")));
  observe::configure(view.facts.forwards[0], [](ForwardTraits& traits) { traits.required = false; });
  EXPECT_THAT(facts_list(sight(view.facts.forwards[0], view), view.facts.now), HasSubstr("does not count"));
}

TEST(ForwardMarkup, a_folded_forward_has_two_lines_outside) {
  const View view = sample_view();
  const std::string html = folded(sight(view.facts.forwards[0], view), view.facts.now);
  const std::string outside = html.substr(0, html.find("</summary>"));
  EXPECT_THAT(outside,
              HasSubstr("<h3>db</h3><span class=\"state good\">up for 42s</span><span class=\"way\">"));
  EXPECT_THAT(outside, HasSubstr("<span class=\"soft\">3 open</span>"));
  EXPECT_THAT(outside, Not(HasSubstr("<dl>")));
}

TEST(ForwardMarkup, a_place_of_any_length_stays_on_the_page) {
  auto facts = observe::sample_forward("db", ForwardState::up);
  observe::configure(facts, [](ForwardTraits& traits) { traits.target = std::string(253, 'h') + ":5432"; });
  EXPECT_LT(way(seen(facts)).size(), 200U);
  EXPECT_THAT(way(seen(facts)), HasSubstr("hhh\xe2\x80\xa6"));
}

TEST(ForwardMarkup, every_state_has_a_colour_that_fits) {
  using enum ForwardState;
  const auto of = [](ForwardState state, observe::Reason reason = {}) {
    return std::string(colour(seen(observe::sample_forward("db", state, reason))));
  };
  EXPECT_EQ(of(up), "good");
  for (const auto state : {degraded, backoff, failed}) EXPECT_EQ(of(state), "bad");
  for (const auto state : {draining, stopped}) EXPECT_EQ(of(state), "off");
  for (const auto state : {resolving, connecting, authenticating, binding}) {
    EXPECT_EQ(of(state), "wait");
    EXPECT_EQ(of(state, observe::SetupFailure::refused), "bad") << "it has failed before";
  }
}

}  // namespace
}  // namespace towline::admin
