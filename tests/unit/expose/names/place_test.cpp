#include "expose/names/place.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace towline::expose {
namespace {

const Account by_key{"SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU", "ann"};
const NameOptions with_domain{.domain = "example.com"};

NameOptions named_by(NamePolicy policy) { return {.domain = "example.com", .policy = policy}; }

// "http web.example.com 0", or the label of the reason.
std::string placed(const net::HostPort& asked, const NameOptions& options = with_domain,
                   const Words& words = {}, const Account& account = by_key) {
  const auto place = place_for(asked, words, account, 0x0123456789abcdefULL, options);
  if (const auto* why = std::get_if<NotHad>(&place)) return std::string(label_of(*why));
  const auto& had = std::get<Place>(place);
  return std::string(label_of(had.kind)) + ' ' + had.name + ' ' + std::to_string(had.port);
}

TEST(Place, a_name_at_a_web_port_is_a_host) {
  EXPECT_EQ(placed({"web", 80}), "http web.example.com 0");
  EXPECT_EQ(placed({"web", 443}), "http web.example.com 0");
  EXPECT_EQ(placed({"WEB.Example.com", 80}), "http web.example.com 0");
  EXPECT_EQ(placed({"a.b.example.com", 80}), "http a.b.example.com 0");
}

TEST(Place, any_address_is_a_port) {
  for (const auto* any : {"", "*", "localhost", "127.0.0.1", "::1", "0.0.0.0", "::", "example.com"}) {
    EXPECT_EQ(placed({any, 9000}), "tcp  9000") << any;
    EXPECT_EQ(placed({any, 0}), "tcp  0") << any;
    EXPECT_EQ(placed({any, 80}), "port_too_low") << any;
  }
}

TEST(Place, port_22_of_a_name_is_for_jumps_and_other_ports_are_aliases) {
  EXPECT_EQ(placed({"box", 22}), "ssh_alias box 22");
  EXPECT_EQ(placed({"Box", 3000}), "alias box 3000");
  EXPECT_EQ(placed({"box", 0}), "port_missing");
  EXPECT_EQ(placed({"box", 80}, with_domain, {.tcp_alias = true}), "alias box 80");
  EXPECT_EQ(placed({"box", 443}, with_domain, {.sni_proxy = true}), "sni box.example.com 0");
}

TEST(Place, names_that_cannot_be_had) {
  EXPECT_EQ(placed({"web.example.org", 80}), "outside_domain");
  EXPECT_EQ(placed({"notexample.com", 80}), "outside_domain");
  for (const auto* bad : {"-web", "web-", "we_b", "w b", "web..example.com", ".example.com",
                          "we\x01"
                          "b",
                          "*.example.com"})
    EXPECT_EQ(placed({bad, 80}), "name_invalid") << bad;
  EXPECT_EQ(placed({std::string(64, 'a'), 80}), "name_invalid");
  EXPECT_EQ(placed({"10.0.0.1", 3000}), "name_invalid");
  EXPECT_EQ(placed({"web", 80}, NameOptions{}), "no_domain");
}

TEST(Place, the_whole_name_has_the_length_of_a_name) {
  std::string label(50, 'a');
  const auto four = label + '.' + label + '.' + label + '.' + label + '.' + label + ".example.com";
  EXPECT_EQ(placed({four, 80}), "name_invalid");
  EXPECT_EQ(placed({"web", 80}, {.domain = std::string(60, 'd') + '.' + std::string(60, 'd') + '.' +
                                           std::string(60, 'd') + '.' + std::string(60, 'd') + ".example"}),
            "name_invalid");
}

TEST(Place, ports_are_in_the_range) {
  const NameOptions few{.domain = "example.com", .ports = PortRange{9000, 9010}};
  EXPECT_EQ(placed({"", 9010}, few), "tcp  9010");
  EXPECT_EQ(placed({"", 9011}, few), "port_out_of_range");
  EXPECT_EQ(placed({"", 1023}, few), "port_too_low");
  const NameOptions none{.domain = "example.com", .ports = {}};
  EXPECT_EQ(placed({"", 9000}, none), "kind_not_allowed");
}

TEST(Place, kinds_can_be_left_out) {
  NameOptions options = with_domain;
  options.allowed = {.http = false, .tcp = false, .alias = false, .sni = false};
  for (const net::HostPort& asked : {net::HostPort{"web", 80}, {"", 9000}, {"box", 22}, {"box", 99}})
    EXPECT_EQ(placed(asked, options), "kind_not_allowed") << asked.host;
  EXPECT_EQ(placed({"web", 80}, options, {.sni_proxy = true}), "kind_not_allowed");
}

TEST(Place, names_by_chance_are_never_asked_for) {
  const auto options = named_by(NamePolicy::random);
  EXPECT_EQ(placed({"localhost", 80}, options), "http 57g2xclhiurq.example.com 0");
  EXPECT_EQ(placed({"", 443}, options), placed({"localhost", 80}, options));
  EXPECT_EQ(placed({"web", 80}, options), "names_are_given");
  EXPECT_EQ(placed({"", 9000}, options), "tcp  9000");
}

TEST(Place, a_stable_name_is_of_the_key) {
  const auto options = named_by(NamePolicy::stable);
  EXPECT_EQ(placed({"localhost", 80}, options), "http 4oymiquy7qobjgx3.example.com 0");
  EXPECT_EQ(placed({"4oymiquy7qobjgx3", 80}, options), "http 4oymiquy7qobjgx3.example.com 0");
  EXPECT_EQ(placed({"4oymiquy7qobjgx3.example.com", 80}, options), "http 4oymiquy7qobjgx3.example.com 0");
  EXPECT_EQ(placed({"web", 80}, options), "names_are_given");
}

TEST(Place, a_stable_name_without_a_key_is_the_user) {
  const auto options = named_by(NamePolicy::stable);
  EXPECT_EQ(placed({"", 80}, options, {}, {"", "Ann"}), "http ann.example.com 0");
  EXPECT_EQ(placed({"", 80}, options, {}, {"", "ann@corp"}), "no_account");
}

TEST(Place, any_name_is_to_be_had_with_a_proof) {
  const auto options = named_by(NamePolicy::dns);
  EXPECT_EQ(placed({"shop.example.org", 443}, options), "http shop.example.org 0");
  EXPECT_EQ(proof_of({Kind::http, "shop.example.org", 0}, options), "_towline.shop.example.org");
  EXPECT_EQ(proof_of({Kind::tcp, "", 9000}, options), "");
  EXPECT_EQ(proof_of({Kind::http, "web.example.com", 0}, with_domain), "");
}

TEST(Place, each_reason_has_its_label_and_sentence) {
  std::set<std::string_view> labels;
  for (auto why = NotHad::no_domain; why <= NotHad::unix_socket;
       why = static_cast<NotHad>(static_cast<int>(why) + 1)) {
    EXPECT_TRUE(labels.insert(label_of(why)).second) << label_of(why);
    EXPECT_FALSE(sentence_of(why).empty());
  }
}

}  // namespace
}  // namespace towline::expose
