#include "publish/address_book.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace towline::publish {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

Announcement said(std::vector<std::string> addresses) { return {.addresses = std::move(addresses)}; }

TEST(AddressBook, gives_all_addresses_to_the_only_forward_https_first) {
  AddressBook book({{.forward = "main", .host = "localhost", .port = 80}}, true);
  book.take(said({"http://x.example"}));
  book.take(said({"https://x.example"}));
  EXPECT_THAT(book.addresses("main"), ElementsAre("https://x.example", "http://x.example"));
  EXPECT_THAT(book.addresses("other"), IsEmpty());
}

TEST(AddressBook, knows_a_forward_by_the_name_that_was_asked_for) {
  AddressBook book({{.forward = "a", .host = "api", .port = 80},
                    {.forward = "b", .host = "u:p@web/path", .port = 80},
                    {.forward = "c", .host = "full.example.org", .port = 443}},
                   true);
  book.take(said({"https://full.example.org"}));
  book.take(said({"https://web.example/path"}));
  book.take(said({"https://anna-api.example"}));
  EXPECT_THAT(book.addresses("a"), ElementsAre("https://anna-api.example"));
  EXPECT_THAT(book.addresses("b"), ElementsAre("https://web.example/path"));
  EXPECT_THAT(book.addresses("c"), ElementsAre("https://full.example.org"));
}

TEST(AddressBook, believes_the_services_words_before_the_order) {
  AddressBook book(
      {{.forward = "a", .host = "localhost", .port = 1}, {.forward = "b", .host = "localhost", .port = 2}},
      true);
  book.take({.addresses = {"https://second.srv.us"}, .port = 2});
  book.take({.addresses = {"https://first.srv.us"}, .port = 1});
  EXPECT_THAT(book.addresses("a"), ElementsAre("https://first.srv.us"));
  EXPECT_THAT(book.addresses("b"), ElementsAre("https://second.srv.us"));
}

TEST(AddressBook, goes_by_the_order_where_nothing_else_is_said) {
  AddressBook book({{.forward = "db", .host = "localhost", .port = 0},
                    {.forward = "a", .host = "localhost", .port = 80},
                    {.forward = "b", .host = "localhost", .port = 80}},
                   true);
  for (const auto* address : {"http://one.example", "https://one.example", "http://two.example",
                              "https://two.example", "example:38234"})
    book.take(said({address}));
  EXPECT_THAT(book.addresses("a"), ElementsAre("https://one.example", "http://one.example"));
  EXPECT_THAT(book.addresses("b"), ElementsAre("https://two.example", "http://two.example"));
  EXPECT_THAT(book.addresses("db"), ElementsAre("example:38234"));
}

TEST(AddressBook, finds_a_port_that_the_answer_tells_after_the_words) {
  AddressBook book(
      {{.forward = "a", .host = "localhost", .port = 0}, {.forward = "b", .host = "localhost", .port = 0}},
      true);
  book.take({.addresses = {"example:2002"}, .host = "localhost"});
  book.take({.addresses = {"example:2001"}, .host = "localhost"});
  EXPECT_TRUE(book.listens("a", 2001));
  EXPECT_TRUE(book.listens("b", 2002));
  EXPECT_FALSE(book.listens("c", 2003));
  EXPECT_THAT(book.addresses("a"), ElementsAre("example:2001"));
  EXPECT_THAT(book.addresses("b"), ElementsAre("example:2002"));
}

TEST(AddressBook, has_nothing_for_a_forward_that_was_refused) {
  AddressBook book(
      {{.forward = "a", .host = "localhost", .port = 80}, {.forward = "b", .host = "localhost", .port = 80}},
      true);
  EXPECT_TRUE(book.refused("a"));
  book.take(said({"https://x.example"}));
  EXPECT_THAT(book.addresses("a"), IsEmpty());
  EXPECT_THAT(book.addresses("b"), ElementsAre("https://x.example"));
}

TEST(AddressBook, follows_an_address_that_changes_or_goes) {
  AddressBook book({{.forward = "main", .host = "localhost", .port = 80}}, true);
  book.take(said({"https://one.lhr.life"}));
  book.take(said({"https://two.lhr.life"}));
  EXPECT_THAT(book.addresses("main"), ElementsAre("https://two.lhr.life"));
  book.take({.addresses = {"https://two.lhr.life"}, .withdrawn = true});
  EXPECT_THAT(book.addresses("main"), IsEmpty());
}

TEST(AddressBook, forgets_all_that_was_told_of_a_forward_that_has_ended) {
  AddressBook book(
      {{.forward = "a", .host = "web", .port = 80}, {.forward = "b", .host = "web", .port = 443}}, false);
  book.take({.addresses = {"http://web.example"}, .host = "web", .port = 80});
  book.take({.addresses = {"https://web.example"}, .host = "web", .port = 443});
  book.take({.addresses = {}, .host = "web", .port = 443, .withdrawn = true});
  EXPECT_THAT(book.addresses("a"), ElementsAre("http://web.example"));
  EXPECT_THAT(book.addresses("b"), IsEmpty());
}

TEST(AddressBook, keeps_what_does_not_take_anothers_place_up_to_a_bound) {
  AddressBook book({{.forward = "main", .host = "localhost", .port = 80}}, false);
  for (int i = 0; i < 1000; ++i) book.take(said({"https://n" + std::to_string(i) + ".example"}));
  EXPECT_THAT(book.addresses("main"), SizeIs(AddressBook::addresses_max));
}

TEST(Judgement, is_right_for_any_address_unless_one_is_expected) {
  using enum Judgement::Verdict;
  const std::vector<std::string> both = {"https://web.example", "http://web.example"};
  EXPECT_EQ(judge({}, ""), (Judgement{none_yet, {}}));
  EXPECT_EQ(judge(both, ""), (Judgement{right, both}));
  for (const auto* expected : {"https://web.example", "http://web.example/", "web.example", "WEB.example"})
    EXPECT_EQ(judge(both, expected), (Judgement{right, both})) << expected;
  EXPECT_EQ(judge({"http://web.example"}, "https://web.example"), (Judgement{none_yet, {}}));
  EXPECT_EQ(judge(both, "https://api.example"), (Judgement{other, both}));
  EXPECT_EQ(judge({"https://x.example", "https://web.example"}, "web.example"),
            (Judgement{right, {"https://web.example"}}));
  EXPECT_EQ(judge({"example:1"}, "example:2"), (Judgement{other, {"example:1"}}));
  EXPECT_EQ(judge({"example:2"}, "example:2"), (Judgement{right, {"example:2"}}));
}

}  // namespace
}  // namespace towline::publish
