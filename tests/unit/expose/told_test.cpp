#include "expose/told.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace towline::expose {
namespace {

using testing::ElementsAre;

const Reach everywhere{.domain = "example.com", .bind = "0.0.0.0", .http = true, .https = true};

TEST(Told, a_host_has_the_addresses_that_visitors_can_use_the_best_first) {
  const Place web{Kind::http, "web.example.com", 0};
  EXPECT_THAT(addresses_of(web, everywhere),
              ElementsAre("https://web.example.com", "http://web.example.com"));
  EXPECT_THAT(addresses_of(web, {.domain = "example.com", .bind = {}, .http = true, .https = false}),
              ElementsAre("http://web.example.com"));
  EXPECT_THAT(addresses_of({Kind::sni, "web.example.com", 0}, everywhere),
              ElementsAre("https://web.example.com"));
}

TEST(Told, a_port_is_at_the_domain_or_where_it_is_bound) {
  const Place port{Kind::tcp, {}, 9000};
  EXPECT_THAT(addresses_of(port, everywhere), ElementsAre("tcp://example.com:9000"));
  EXPECT_THAT(addresses_of(port, {.domain = {}, .bind = "0.0.0.0"}), ElementsAre("tcp://0.0.0.0:9000"));
}

TEST(Told, an_alias_is_its_name_and_port) {
  EXPECT_THAT(addresses_of({Kind::alias, "db", 3000}, everywhere), ElementsAre("db:3000"));
  EXPECT_THAT(addresses_of({Kind::ssh_alias, "box", 22}, everywhere), ElementsAre("box:22"));
}

TEST(Told, an_address_is_a_line_by_itself) {
  const Told told{
      .event = ToldEvent::exposed, .kind = Kind::http, .name = "web:80", .address = "https://w.e"};
  EXPECT_EQ(text_line(told), "https://w.e");
  EXPECT_EQ(json_line(told), R"({"event":"exposed","kind":"http","name":"web:80","url":"https://w.e"})");
}

TEST(Told, what_went_wrong_has_its_reason_and_its_sentence) {
  const Told told{
      .event = ToldEvent::refused, .name = "web:80", .reason = "name_taken", .text = "it is taken"};
  EXPECT_EQ(text_line(told), "refused: web:80: it is taken");
  EXPECT_EQ(json_line(told),
            R"({"event":"refused","name":"web:80","reason":"name_taken","error":"it is taken"})");
}

TEST(Told, a_request_and_what_was_dropped_have_members_of_their_own) {
  EXPECT_EQ(json_line({.event = ToldEvent::request, .text = "GET / 200"}),
            R"({"event":"request","request":"GET / 200"})");
  EXPECT_EQ(json_line({.event = ToldEvent::dropped, .count = 3}), R"({"event":"dropped","lines":3})");
}

TEST(Told, nothing_of_a_peer_is_more_than_one_line_of_what_can_be_shown) {
  const Told told{.event = ToldEvent::failed, .name = "a\nb:1", .text = "x\x1b[31my"};
  EXPECT_EQ(text_line(told), "failed: a b:1: xy");
}

}  // namespace
}  // namespace towline::expose
