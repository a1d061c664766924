#include "net/free_port.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace towline::net {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::Ge;
using testing::IsEmpty;
using testing::Not;
using testing::UnorderedElementsAre;

std::vector<std::uint16_t> tried(const PortRules& rules, unsigned seed = 1) {
  std::mt19937 random(seed);
  return ports_to_try(rules, random);
}

TEST(FreePort, rules_are_read_as_the_kernel_writes_them) {
  struct Row {
    const char* outgoing;
    const char* reserved;
    PortRange range;
    std::vector<PortRange> kept;
  };
  const Row rows[] = {{"32768\t60999\n", "\n", {32768, 60999}, {}},
                      {"1024\t65535\n",
                       "8080,9148-9150,61000\n",
                       {1024, 65535},
                       {{8080, 8080}, {9148, 9150}, {61000, 61000}}},
                      {"", "", {32768, 60999}, {}},
                      {"nothing", "nothing", {32768, 60999}, {}},
                      {"32768\t", "8080-", {32768, 60999}, {}}};
  for (const auto& row : rows) {
    const auto rules = parse_port_rules(row.outgoing, row.reserved);
    EXPECT_EQ(rules.outgoing, row.range) << row.outgoing;
    EXPECT_EQ(rules.reserved, row.kept) << row.reserved;
  }
}

TEST(FreePort, is_at_first_one_that_no_outgoing_connection_is_given) {
  const PortRules rules;
  const auto ports = tried(rules);
  const std::vector first(ports.begin(), ports.begin() + 64);
  EXPECT_THAT(first, Each(Ge(61000)));
  EXPECT_THAT(ports, Each(Ge(32768)));
  EXPECT_EQ(ports.size(), 128U);
  EXPECT_NE(ports, tried(rules, 2)) << "two processes try the same";
}

TEST(FreePort, is_below_their_range_where_nothing_is_above_it) {
  const auto ports = tried({.outgoing = {49152, 65535}});
  const std::vector first(ports.begin(), ports.begin() + 64);
  for (const auto port : first) EXPECT_LT(port, 49152);
}

TEST(FreePort, is_any_where_outgoing_connections_may_have_all) {
  EXPECT_EQ(tried({.outgoing = {1024, 65535}}).size(), 64U);
}

TEST(FreePort, is_never_one_that_is_reserved) {
  EXPECT_THAT(tried({.outgoing = {32768, 65533}, .reserved = {{32768, 65531}, {65534, 65534}}}),
              ElementsAre(65535, testing::AnyOf(65532, 65533), testing::AnyOf(65532, 65533)));
  EXPECT_THAT(tried({.outgoing = {1, 2}, .reserved = {{1, 65535}}}), IsEmpty());
}

TEST(FreePort, of_a_number_may_be_outgoing_unless_it_is_reserved) {
  const PortRules rules{.outgoing = {32768, 60999}, .reserved = {{50051, 50051}}};
  EXPECT_TRUE(rules.may_be_outgoing(33060));
  EXPECT_FALSE(rules.may_be_outgoing(50051));
  EXPECT_FALSE(rules.may_be_outgoing(5432));
  EXPECT_FALSE(rules.may_be_outgoing(61000));
}

TEST(FreePort, rules_of_this_machine_leave_something_to_try) {
  EXPECT_THAT(tried(port_rules()), Not(IsEmpty()));
}

}  // namespace
}  // namespace towline::net
