#include "net/address_order.hpp"

#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace towline::net {
namespace {

using asio::ip::make_address;
using asio::ip::make_address_v6;
using testing::ElementsAre;

asio::ip::tcp::endpoint at(const char* address) { return {make_address(address), 22}; }

struct OrderRow {
  const char* to;
  const char* from;  // nullptr: no route
  bool v4_has_route;
  bool v6_first;
};

TEST(AddressOrder, ipv6_comes_first_where_it_is_reached_from_an_address_of_its_kind) {
  const std::vector<OrderRow> table{
      {"2001:db8::1", "2001:db8::2", true, true}, {"2001:db8::1", nullptr, true, false},
      {"2001:db8::1", nullptr, false, false},     {"2001:db8::1", "2001:db8::2", false, true},
      {"2001:db8::1", "fd00::2", true, false},  // a unique local address does not get out
      {"2001:db8::1", "fd00::2", false, true},    {"2001:db8::1", "2002:102:304::1", true, false},
      {"fd00::1", "fd00::2", true, false},  // precedence 3, IPv4 has 35
      {"fd00::1", "fd00::2", false, true},        {"::1", "::1", true, true},
  };
  for (const auto& row : table) {
    const auto from = row.from == nullptr ? std::nullopt : std::optional(make_address_v6(row.from));
    EXPECT_EQ(prefers_v6(make_address_v6(row.to), from, row.v4_has_route), row.v6_first)
        << row.to << " from " << (row.from == nullptr ? "nowhere" : row.from);
  }
}

TEST(AddressOrder, the_families_take_turns) {
  const Endpoints a{at("192.0.2.1"), at("192.0.2.2"), at("192.0.2.3")};
  const Endpoints b{at("2001:db8::1")};
  EXPECT_THAT(in_turn(a, b), ElementsAre(a[0], b[0], a[1], a[2]));
  EXPECT_THAT(in_turn(b, a), ElementsAre(b[0], a[0], a[1], a[2]));
  EXPECT_THAT(in_turn({}, b), ElementsAre(b[0]));
}

TEST(AddressOrder, one_family_alone_keeps_its_order) {
  asio::io_context io;
  const Endpoints v4{at("192.0.2.2"), at("192.0.2.1")};
  EXPECT_EQ(in_order(io.get_executor(), v4, {}), v4);
  EXPECT_THAT(in_order(io.get_executor(), {at("127.0.0.1")}, {at("::1")}), testing::SizeIs(2));
}

}  // namespace
}  // namespace towline::net
