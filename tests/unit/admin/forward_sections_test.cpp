#include "admin/forward_sections.hpp"

#include "unit/admin/sample_view.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace towline::admin {
namespace {

using observe::ConnectFailure;
using observe::ForwardState;
using observe::ForwardStatus;
using testing::HasSubstr;
using testing::Not;

constexpr std::size_t plenty = 20'000;

class ForwardSectionsTest : public testing::Test {
 protected:
  // Down for this cause, told in these words.
  void add_down(const std::string& name, const std::string& detail, bool required = true) {
    auto facts = observe::sample_forward(name, ForwardState::backoff, ConnectFailure::auth);
    observe::change(facts, [&](ForwardStatus& status) {
      status.detail = detail;
      status.hint = "add the key";
      status.next_attempt = observe::before(-12s);
    });
    observe::configure(facts, [&](observe::ForwardTraits& traits) { traits.required = required; });
    facts_.push_back(std::move(facts));
  }

  void add_up(std::size_t count, std::size_t name_length) {
    for (std::size_t i = 0; i < count; ++i) {
      std::string name = std::to_string(i) + "-";
      name.resize(name_length, 'n');
      facts_.push_back(observe::sample_forward(name, ForwardState::up));
    }
  }

  std::vector<ForwardSight> sights() const {
    std::vector<ForwardSight> seen;
    for (const auto& facts : facts_)
      seen.push_back(sight(facts, View{.facts = observe::sample_facts({}),
                                       .build = {},
                                       .totals = {},
                                       .endpoints = {},
                                       .traffic = {},
                                       .metrics = {}}));
    return seen;
  }

  std::string down(std::size_t room = plenty) const {
    return down_section(sights(), observe::sample_now(), room);
  }
  std::string up(std::size_t room = plenty) const {
    return up_section(sights(), observe::sample_now(), room);
  }

  static std::size_t times(const std::string& text, const std::string& part) {
    std::size_t count = 0;
    for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
    return count;
  }

  std::vector<observe::ForwardFacts> facts_;
};

TEST_F(ForwardSectionsTest, none_is_no_section) {
  EXPECT_EQ(down(), "");
  EXPECT_EQ(up(), "");
}

TEST_F(ForwardSectionsTest, one_that_is_down_has_cause_remedy_and_facts) {
  add_down("cache", "the server offers publickey");
  for (const char* part : {"<h2>Not up</h2>", "<h3>cache</h3>", "backoff for 42s", "127.0.0.1:5432",
                           "<b>auth</b>: the server offers publickey", "<p>add the key</p>",
                           "next attempt in 12s", "<dt>Connections</dt>"}) {
    EXPECT_THAT(down(), HasSubstr(part));
  }
}

TEST_F(ForwardSectionsTest, what_several_share_is_told_once) {
  for (const char* name : {"a", "b", "c"}) add_down(name, "refused key SHA256:x");
  add_down("d", "something else");
  EXPECT_EQ(times(down(), "refused key"), 1U);
  EXPECT_EQ(times(down(), "something else"), 1U);
  EXPECT_THAT(down(), HasSubstr("<h3>3 forwards</h3>"));
  for (const char* name : {"<b>a</b>", "<b>b</b>", "<b>c</b>", "<h3>d</h3>"})
    EXPECT_THAT(down(), HasSubstr(name));
}

TEST_F(ForwardSectionsTest, what_counts_for_readiness_comes_first) {
  add_down("extra", "one", false);
  add_down("main", "two");
  EXPECT_LT(down().find("main"), down().find("extra"));
}

TEST_F(ForwardSectionsTest, one_on_its_way_needs_no_cause) {
  facts_.push_back(observe::sample_forward("db", ForwardState::connecting));
  EXPECT_THAT(down(), HasSubstr("connecting for 42s"));
  EXPECT_THAT(down(), Not(HasSubstr("class=\"why")));
}

TEST_F(ForwardSectionsTest, healthy_ones_are_folded) {
  add_up(5, 10);
  EXPECT_EQ(times(up(), "<details>"), 5U);
  EXPECT_EQ(times(up(), "<details open"), 0U);
}

TEST_F(ForwardSectionsTest, many_share_a_fold_with_a_line_each) {
  add_up(100, 10);
  EXPECT_EQ(times(up(), "<details>"), 1U);
  EXPECT_EQ(times(up(), "<li>"), 100U);
  EXPECT_THAT(up(), HasSubstr("<h3>100 forwards</h3>"));
}

TEST_F(ForwardSectionsTest, where_lines_do_not_fit_names_do) {
  add_up(200, 63);
  const std::string html = up(14'500);
  EXPECT_EQ(times(html, "<li>"), 0U);
  EXPECT_THAT(html, HasSubstr(facts_.back().traits->name));
}

TEST_F(ForwardSectionsTest, those_that_do_not_fit_are_counted) {
  add_up(200, 63);
  const std::string html = up(2000);
  const std::size_t told = times(html, "nn, ");
  EXPECT_THAT(html, HasSubstr("and " + std::to_string(200 - told) + " more in <a href=\"/statusz\">"));
}

TEST_F(ForwardSectionsTest, a_hundred_causes_become_cards_and_a_list_of_the_rest) {
  for (int i = 0; i < 100; ++i)
    add_down("f" + std::to_string(i), "cause " + std::to_string(i) + std::string(300, 'x'));
  const std::string html = down(8000);
  EXPECT_THAT(html, HasSubstr("<b>auth</b>: cause 0xxx"));
  EXPECT_THAT(html, HasSubstr(" other forwards</h3>"));
  EXPECT_THAT(html, HasSubstr("f99"));
}

TEST_F(ForwardSectionsTest, no_section_takes_more_than_its_room) {
  add_up(100, 63);
  for (int i = 0; i < 60; ++i)
    add_down("<" + std::to_string(i) + std::string(60, '\''), std::string(900, '"') + std::to_string(i / 2));
  for (std::size_t room = 1000; room < 30'000; room += 2'900) {
    EXPECT_LE(up(room).size(), room);
    EXPECT_LE(down(room).size(), room);
  }
}

}  // namespace
}  // namespace towline::admin
