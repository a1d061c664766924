#include "expose/names/visitors.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace towline::expose {
namespace {

boost::asio::ip::address address(const char* text) { return boost::asio::ip::make_address(text); }

TEST(Visitors, of_one_address_are_so_many_at_a_time) {
  Visitors visitors({.per_address_max = 2});
  std::vector<Visitors::Visit> visits;
  visits.push_back(visitors.enter(address("192.0.2.1")));
  EXPECT_EQ(visitors.judge(address("192.0.2.1")), std::nullopt);
  visits.push_back(visitors.enter(address("::ffff:192.0.2.1")));
  EXPECT_EQ(visitors.judge(address("192.0.2.1")), Barred::too_many);
  EXPECT_EQ(visitors.judge(address("192.0.2.2")), std::nullopt);
  visits.pop_back();
  EXPECT_EQ(visitors.judge(address("192.0.2.1")), std::nullopt);
  visits.clear();
  EXPECT_EQ(visitors.size(), 0U);
}

TEST(Visitors, of_one_ipv6_network_are_one) {
  Visitors visitors({.per_address_max = 1});
  const auto visit = visitors.enter(address("2001:db8::1"));
  EXPECT_EQ(visitors.judge(address("2001:db8::ffff")), Barred::too_many);
  EXPECT_EQ(visitors.judge(address("2001:db8:0:1::1")), std::nullopt);
}

TEST(Visitors, come_from_networks_that_may) {
  const Visitors visitors(
      {.allow_from = {*net::parse_network("10.0.0.0/8")}, .deny_from = {*net::parse_network("10.1.0.0/16")}});
  EXPECT_EQ(visitors.judge(address("10.2.0.1")), std::nullopt);
  EXPECT_EQ(visitors.judge(address("10.1.0.1")), Barred::network);
  EXPECT_EQ(visitors.judge(address("192.0.2.1")), Barred::network);
}

TEST(Visitors, are_barred_by_labels) {
  EXPECT_EQ(label_of(Barred::network), "network");
  EXPECT_EQ(label_of(Barred::too_many), "too_many");
}

}  // namespace
}  // namespace towline::expose
