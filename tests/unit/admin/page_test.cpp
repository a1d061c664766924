#include "admin/page.hpp"

#include "unit/admin/sample_view.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <regex>

namespace towline::admin {
namespace {

using observe::ForwardState;
using observe::ForwardStatus;
using observe::ForwardTraits;
using testing::HasSubstr;
using testing::Not;

View view_of(std::vector<observe::ForwardFacts> forwards) {
  View view = sample_view();
  view.facts.forwards = std::move(forwards);
  return view;
}

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

std::string title(const View& view) {
  const std::string html = page(view);
  const auto begin = html.find("<title>") + 7;
  return html.substr(begin, html.find("</title>") - begin);
}

TEST(Page, the_title_tells_a_tab_how_things_stand) {
  using observe::sample_forward;
  const auto up = sample_forward("db", ForwardState::up);
  const auto down = sample_forward("broken", ForwardState::backoff, observe::ConnectFailure::refused);
  auto extra = down;
  observe::configure(extra, [](ForwardTraits& traits) { traits.required = false; });
  auto silent = up;
  silent.last_received = observe::sample_now().steady - 41s;
  auto draining = view_of({up});
  draining.facts.draining = true;

  EXPECT_EQ(title(view_of({up, up})), "ready, 2 of 2 up - towline");
  EXPECT_EQ(title(view_of({up, down, down})), "not ready: broken (refused), 1 of 3 up - towline");
  EXPECT_EQ(title(view_of({up, extra})), "ready, 1 of 2 up - towline");
  EXPECT_EQ(title(view_of({silent})), "not ready: db (rx_timeout), 0 of 1 up - towline");
  EXPECT_EQ(title(view_of({sample_forward("db", ForwardState::connecting)})),
            "not ready: db (connecting), 0 of 1 up - towline");
  EXPECT_EQ(title(draining), "not ready: draining, 1 of 1 up - towline");
  EXPECT_EQ(title(view_of({})), "ready, no forwards - towline");
}

TEST(Page, what_is_wrong_comes_first) {
  const std::string html = page(sample_view());
  const auto headline = html.find("not ready: cache (auth)</span></h1>");
  const auto down = html.find("<h3>cache</h3>");
  const auto session = html.find("<h2>SSH session</h2>");
  const auto up = html.find("<h3>db</h3>");
  EXPECT_LT(headline, down);
  EXPECT_LT(down, session);
  EXPECT_LT(session, up);
  EXPECT_NE(up, std::string::npos);
}

TEST(Page, what_forwards_of_a_session_share_is_told_once) {
  auto db = sample_view().facts.forwards[0];
  observe::change(db, [](ForwardStatus& status) {
    status.server = "bastion:22";
    status.session->server_software = "SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3";
  });
  auto web = db;
  observe::configure(web, [](ForwardTraits& traits) { traits.name = "web"; });
  const std::string html = page(view_of({db, web}));
  EXPECT_EQ(count(html, "bastion:22"), 1U);
  EXPECT_EQ(count(html, "<dd>OpenSSH_9.2p1 Debian-2+deb12u3</dd>"), 1U);
  EXPECT_EQ(count(html, "<dt>Attempts</dt><dd>1</dd>"), 1U);
  EXPECT_EQ(count(html, "<dt>Host key</dt><dd>verified</dd>"), 1U);
  EXPECT_THAT(html, Not(HasSubstr("SSH-2.0-")));
  EXPECT_THAT(html, Not(HasSubstr("Sessions"))) << "there is one";
}

TEST(Page, a_host_key_that_was_not_verified_and_sessions_that_are_missing_are_told) {
  View view = ready_view();
  view.facts.forwards[0].sessions = 3;
  view.facts.forwards[0].sessions_up = 2;
  observe::change(view.facts.forwards[0], [](ForwardStatus& status) { status.host_key_verified = false; });
  EXPECT_THAT(page(view), HasSubstr("<dt>Host key</dt><dd>not verified</dd>"));
  EXPECT_THAT(page(view), HasSubstr("<dd>2 of 3 up</dd>"));
}

TEST(Page, traffic_is_drawn) {
  View view = ready_view();
  EXPECT_EQ(count(page(view), "<svg "), 3U);
  view.traffic = {{.began = observe::before(10s).steady,
                   .ended = observe::before(0s).steady,
                   .connections = 3,
                   .received = 1,
                   .sent = 1}};
  EXPECT_EQ(count(page(view), "M59 40V0H60V40z"), 3U);
}

TEST(Page, text_from_outside_is_not_markup_wherever_it_is_shown) {
  View view = sample_view();
  const std::string evil = "<script>'\"&\xff</title>";
  for (auto& forward : view.facts.forwards) {
    observe::change(forward, [&](ForwardStatus& status) {
      status.detail = status.hint = status.server = evil;
      status.session = observe::SessionInfo{evil, {evil, evil, evil, evil, evil, evil}};
      status.probe = {observe::ProbeFailure::mismatch, evil, observe::before(1s), 1s};
    });
    observe::configure(forward, [&](ForwardTraits& traits) {
      traits.name += evil;
      traits.listen = traits.target = traits.server = evil;
    });
  }
  auto endpoint = sample_endpoint(1);
  endpoint.forward = evil;
  endpoint.listen = endpoint.clients[0].listens = {evil};
  endpoint.host_keys = {{evil, evil, evil}};
  endpoint.clients[0].traits = std::make_shared<const observe::ClientTraits>(
      observe::ClientTraits{1, evil, evil, evil, evil, observe::before(1s)});
  view.endpoints = {endpoint};
  view.build.version = evil;
  const std::string html = page(view);
  EXPECT_THAT(html, HasSubstr("&lt;script&gt;&#39;&quot;&amp;\xef\xbf\xbd"));
  EXPECT_THAT(html, Not(HasSubstr("<script")));
  EXPECT_THAT(html, Not(HasSubstr(evil)));
  EXPECT_EQ(count(html, "</title>"), 1U);
}

TEST(Page, a_thousand_clients_leave_room_for_the_forwards) {
  View view = sample_view();
  view.endpoints = {sample_endpoint(1'024)};
  const std::string html = page(view);
  EXPECT_LE(html.size(), page_bytes_max);
  for (const char* part : {"<h3>db</h3>", "<h3>cache</h3>", "<h3>1 user</h3>", "clients more in", "</html>"})
    EXPECT_THAT(html, HasSubstr(part));
}

TEST(Page, loads_nothing_from_elsewhere_and_runs_nothing) {
  const std::string html = page(sample_view());
  for (const char* part : {"src=", "http://", "https://", "url(", "@import", "javascript:", " on"}) {
    if (std::string_view(part) == " on") {
      EXPECT_FALSE(std::regex_search(html, std::regex("<[^>]* on[a-z]+="))) << "a handler";
    } else {
      EXPECT_THAT(html, Not(HasSubstr(part)));
    }
  }
  EXPECT_EQ(count(html, "<link "), 1U);
  EXPECT_THAT(html, HasSubstr("<link rel=\"icon\" href=\"data:image/svg+xml,"));
}

TEST(Page, links_say_where_they_lead) {
  const std::string html = page(ready_view());
  for (const char* link :
       {"<a href=\"/statusz\">status (JSON)</a>", "<a href=\"/metrics\">metrics</a>",
        "<a href=\"/readyz?verbose\">ready?</a>", "<a href=\"/livez?verbose\">live?</a>"}) {
    EXPECT_THAT(html, HasSubstr(link));
  }
}

TEST(Page, it_is_renewed_faster_while_something_is_down) {
  EXPECT_THAT(page(sample_view()), HasSubstr("http-equiv=\"refresh\" content=\"5\""));
  EXPECT_THAT(page(ready_view()), HasSubstr("http-equiv=\"refresh\" content=\"20\""));
}

TEST(Page, an_agent_without_forwards_says_so) {
  EXPECT_THAT(page(View{}), HasSubstr("No forward is configured"));
}

TEST(Page, it_can_be_read_aloud_and_on_a_phone) {
  View view = sample_view();
  view.traffic = {{.began = observe::before(10s).steady, .ended = observe::before(0s).steady}};
  const std::string html = page(view);
  EXPECT_THAT(html, HasSubstr("<html lang=\"en\">"));
  EXPECT_THAT(html, HasSubstr("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"));
  EXPECT_THAT(html, HasSubstr("<nav aria-label="));
  EXPECT_EQ(count(html, "<h1>"), 1U);
  EXPECT_EQ(count(html, "<main>"), 1U);
  EXPECT_EQ(count(html, "<svg "), count(html, "role=\"img\" aria-label=\""));
  int level = 0;
  const std::regex heading("<h([1-6])>");
  for (std::sregex_iterator at(html.begin(), html.end(), heading), none; at != none; ++at) {
    const int next = std::stoi((*at)[1].str());
    EXPECT_LE(next, level + 1) << "no level is left out";
    level = next;
  }
}

// Every element that is opened is closed, in order; those that HTML closes by itself are left out.
TEST(Page, it_is_well_formed) {
  View view = sample_view();
  view.traffic = {{.began = observe::before(10s).steady, .ended = observe::before(0s).steady}};
  const std::string html = page(view);
  std::vector<std::string> open;
  const std::regex tag("<(/?)([a-z0-9]+)[^>]*?(/?)>");
  for (std::sregex_iterator at(html.begin(), html.end(), tag), none; at != none; ++at) {
    const std::string name = (*at)[2].str();
    if (name == "meta" || name == "link" || name == "li" || (*at)[3].length() > 0) continue;
    if ((*at)[1].length() == 0) {
      open.push_back(name);
    } else {
      ASSERT_FALSE(open.empty()) << name;
      ASSERT_EQ(open.back(), name);
      open.pop_back();
    }
  }
  EXPECT_TRUE(open.empty());
}

// --- size
// -----------------------------------------------------------------------------------------------------

struct Crowd {
  const char* name;
  std::size_t forwards;
  std::size_t name_length;
  std::size_t place_length;
  std::size_t down;  // each for a cause of its own
  const char* letter = "n";
};

View crowd(const Crowd& size) {
  const auto repeated = [&](std::size_t length) {
    std::string text;
    while (text.size() < length) text += size.letter;
    return text;
  };
  View view = sample_view();
  view.facts.forwards.clear();
  for (std::size_t i = 0; i < size.forwards; ++i) {
    const std::string number = std::to_string(i);
    auto facts = observe::sample_forward(
        number + repeated(size.name_length - number.size()),
        i < size.down ? ForwardState::binding : ForwardState::up,
        i < size.down ? observe::Reason(observe::SetupFailure::refused) : observe::Reason());
    observe::configure(facts, [&](ForwardTraits& traits) {
      traits.listen = traits.target = repeated(size.place_length) + ":65535";
      traits.probed = true;
    });
    observe::change(facts, [&](ForwardStatus& status) {
      status.server = number.substr(0, 1) + repeated(253);
      status.session = observe::SessionInfo{repeated(255), {"k", repeated(60), "c", "m", "c", "m"}};
      if (i < size.down) status.detail = status.hint = number + repeated(600);
    });
    view.facts.forwards.push_back(std::move(facts));
  }
  for (int i = 60; i > 0; --i) {
    view.traffic.push_back({.began = observe::before(i * 10s).steady,
                            .ended = observe::before((i - 1) * 10s).steady,
                            .connections = 1000U + static_cast<unsigned>(i % 2),
                            .received = i % 3 * 1e9,
                            .sent = i % 5 * 1e9});
  }
  return view;
}

class PageSize : public testing::TestWithParam<Crowd> {};

// Where the page says "and 17 more in status (JSON)".
std::size_t left_out(const std::string& html) {
  std::size_t sum = 0;
  const std::string words = " in <a href=\"/statusz\">";
  for (auto at = html.find(words); at != std::string::npos; at = html.find(words, at + 1)) {
    const auto number = html.find_last_of("0123456789", at);
    sum += std::stoul(html.substr(html.find_last_not_of("0123456789", number) + 1));
  }
  return sum;
}

bool tells(const std::string& html, const std::string& name) {
  for (auto at = html.find(name); at != std::string::npos; at = html.find(name, at + 1)) {
    const char before = html[at - 1];
    const char after = html[at + name.size()];
    if ((before == '>' || before == ' ') && (after == '<' || after == ',')) return true;
  }
  return false;
}

TEST_P(PageSize, stays_below_its_bound_and_loses_nobody) {
  const View view = crowd(GetParam());
  const std::string html = page(view);
  EXPECT_LT(html.size(), page_bytes_max);
  EXPECT_TRUE(html.ends_with("</html>\n"));
  if (GetParam().letter != std::string_view("n")) return;
  const auto told = std::ranges::count_if(
      view.facts.forwards, [&](const auto& forward) { return tells(html, forward.traits->name); });
  EXPECT_EQ(static_cast<std::size_t>(told) + left_out(html), view.facts.forwards.size());
}

INSTANTIATE_TEST_SUITE_P(Crowds, PageSize,
                         testing::Values(Crowd{"one", 1, 8, 20, 0}, Crowd{"five", 5, 8, 20, 1},
                                         Crowd{"two_hundred", 200, 12, 20, 0},
                                         Crowd{"two_hundred_with_one_down", 200, 12, 20, 1},
                                         Crowd{"two_hundred_of_the_longest", 200, 63, 253, 0},
                                         Crowd{"two_hundred_of_the_longest_down", 200, 63, 253, 200},
                                         Crowd{"half_of_them_down", 200, 63, 253, 100},
                                         Crowd{"letters_that_grow", 200, 63, 253, 100, "\""},
                                         Crowd{"a_thousand", 1000, 63, 253, 500}),
                         [](const auto& crowd) { return crowd.param.name; });

TEST(PageSize, two_hundred_usual_forwards_have_a_line_each) {
  const std::string html = page(crowd({"", 200, 10, 9, 0}));
  EXPECT_EQ(count(html, "<li>"), 200U);
}

// --- contrast
// -------------------------------------------------------------------------------------------------

using Palette = std::map<std::string, std::string>;

// The custom properties of one :root of the style.
Palette palette(const std::string& root) {
  Palette colours;
  const std::regex property("--([a-z]+):#([0-9a-f]+)");
  for (std::sregex_iterator at(root.begin(), root.end(), property), none; at != none; ++at)
    colours[(*at)[1].str()] = (*at)[2].str();
  return colours;
}

// WCAG 2.1, "relative luminance".
double luminance(std::string hex) {
  if (hex.size() == 3) hex = {hex[0], hex[0], hex[1], hex[1], hex[2], hex[2]};
  const auto channel = [&](std::size_t at) {
    const double value = std::stoi(hex.substr(at, 2), nullptr, 16) / 255.0;
    return value <= 0.03928 ? value / 12.92 : std::pow((value + 0.055) / 1.055, 2.4);
  };
  return 0.2126 * channel(0) + 0.7152 * channel(2) + 0.0722 * channel(4);
}

double contrast(const std::string& a, const std::string& b) {
  const auto [dark, light] = std::minmax({luminance(a), luminance(b)});
  return (light + 0.05) / (dark + 0.05);
}

TEST(Page, every_colour_can_be_read_on_its_ground_in_both_schemes) {
  const std::string html = page(ready_view());
  const auto dark_at = html.find("@media(prefers-color-scheme:dark)");
  ASSERT_NE(dark_at, std::string::npos);
  const auto end = html.find("*{box-sizing", dark_at);
  for (const Palette& colours :
       {palette(html.substr(0, dark_at)), palette(html.substr(dark_at, end - dark_at))}) {
    ASSERT_EQ(colours.size(), 10U);
    for (const char* text : {"text", "soft", "good", "bad", "wait", "off", "link"}) {
      for (const char* ground : {"page", "card"})
        EXPECT_GE(contrast(colours.at(text), colours.at(ground)), 4.5) << text << " on " << ground;
    }
  }
}

}  // namespace
}  // namespace towline::admin
