#include "net/network.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace towline::net {
namespace {

boost::asio::ip::address addressed(const char* text) { return boost::asio::ip::make_address(text); }

bool has(const char* network, const char* address) {
  return parse_network(network)->contains(addressed(address));
}

TEST(Network, has_the_addresses_in_front_of_its_mask) {
  EXPECT_TRUE(has("10.0.0.0/8", "10.255.0.1"));
  EXPECT_FALSE(has("10.0.0.0/8", "11.0.0.1"));
  EXPECT_TRUE(has("10.0.0.128/25", "10.0.0.129"));
  EXPECT_FALSE(has("10.0.0.128/25", "10.0.0.127"));
  EXPECT_TRUE(has("2001:db8::/33", "2001:db8:7fff::1"));
  EXPECT_FALSE(has("2001:db8::/33", "2001:db8:8000::1"));
  EXPECT_TRUE(has("0.0.0.0/0", "203.0.113.9"));
  EXPECT_FALSE(has("0.0.0.0/0", "::1"));
}

TEST(Network, an_address_by_itself_is_one) {
  EXPECT_TRUE(has("10.0.0.1", "10.0.0.1"));
  EXPECT_FALSE(has("10.0.0.1", "10.0.0.2"));
}

TEST(Network, what_is_none) {
  for (const auto* text :
       {"", "10", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/8x", "::/129", "host", "10.0.0.0/-1"})
    EXPECT_FALSE(parse_network(text)) << text;
}

TEST(Network, bits_behind_the_mask_are_seen) {
  EXPECT_TRUE(parse_network("10.0.0.1/8")->has_bits_behind_mask());
  EXPECT_FALSE(parse_network("10.0.0.0/8")->has_bits_behind_mask());
  EXPECT_FALSE(parse_network("10.0.0.1")->has_bits_behind_mask());
}

TEST(Network, a_mapped_address_is_looked_for_as_what_it_was) {
  const std::vector<Network> networks{*parse_network("10.0.0.0/8")};
  EXPECT_TRUE(contains(networks, addressed("::ffff:10.1.2.3")));
  EXPECT_FALSE(contains(networks, addressed("::1")));
  EXPECT_FALSE(contains({}, addressed("10.1.2.3")));
}

TEST(Network, a_peer_has_an_address_or_a_name) {
  EXPECT_EQ(address_of({"::ffff:10.1.2.3", 1}), addressed("10.1.2.3"));
  EXPECT_EQ(address_of({"::1", 1}), addressed("::1"));
  EXPECT_FALSE(address_of({"host", 1}));
  EXPECT_FALSE(address_of({}));
}

}  // namespace
}  // namespace towline::net
