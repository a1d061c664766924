#include "supervisor/pool.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace towline::supervisor {
namespace {

using testing::ElementsAre;
using testing::UnorderedElementsAre;

std::vector<ServerIndex> round(const PoolPlace& place, unsigned seed = 1) {
  std::mt19937_64 random(seed);
  return next_round(place, random);
}

TEST(Pool, one_server_is_asked_whatever_it_did) {
  for (const auto select : {RemoteSelect::ordered, RemoteSelect::random, RemoteSelect::round_robin}) {
    EXPECT_THAT(round({.select = select, .servers = 1, .last = 0, .doubtful = 0, .barred = {true}}),
                ElementsAre(0));
  }
}

TEST(Pool, sessions_begin_spread_out_whatever_the_choice) {
  for (const auto select : {RemoteSelect::ordered, RemoteSelect::random, RemoteSelect::round_robin}) {
    EXPECT_EQ(round({.select = select, .servers = 3, .home = 0}).front(), 0U);
    EXPECT_EQ(round({.select = select, .servers = 3, .home = 1}).front(), 1U);
    EXPECT_EQ(round({.select = select, .servers = 3, .home = 2}).front(), 2U);
    EXPECT_EQ(round({.select = select, .servers = 3, .home = 4}).front(), 1U);
  }
}

TEST(Pool, ordered_begins_at_home_again_wherever_it_was) {
  EXPECT_THAT(round({.servers = 3, .last = 2}), ElementsAre(0, 1, 2));
  EXPECT_THAT(round({.servers = 3, .home = 1, .last = 2}), ElementsAre(1, 2, 0));
}

TEST(Pool, round_robin_goes_on_behind_the_last) {
  EXPECT_THAT(round({.select = RemoteSelect::round_robin, .servers = 3, .last = 1}), ElementsAre(2, 0, 1));
  EXPECT_THAT(round({.select = RemoteSelect::round_robin, .servers = 3, .home = 1, .last = 2}),
              ElementsAre(0, 1, 2));
}

TEST(Pool, random_asks_each_once_and_not_always_in_the_same_order) {
  std::set<std::vector<ServerIndex>> orders;
  for (unsigned seed = 0; seed < 50; ++seed) {
    const auto order = round({.select = RemoteSelect::random, .servers = 3, .last = 0}, seed);
    EXPECT_THAT(order, UnorderedElementsAre(0, 1, 2));
    orders.insert(order);
  }
  EXPECT_EQ(orders.size(), 6U);
}

TEST(Pool, a_doubtful_server_comes_last) {
  EXPECT_THAT(round({.servers = 3, .last = 0, .doubtful = 0}), ElementsAre(1, 2, 0));
  EXPECT_THAT(round({.select = RemoteSelect::round_robin, .servers = 3, .last = 0, .doubtful = 1}),
              ElementsAre(2, 0, 1));
}

TEST(Pool, a_barred_server_is_left_out_while_there_is_another) {
  EXPECT_THAT(round({.servers = 3, .barred = {true, false, false}}), ElementsAre(1, 2));
  EXPECT_THAT(round({.servers = 3, .doubtful = 1, .barred = {true, false, true}}), ElementsAre(1));
  EXPECT_THAT(round({.servers = 3, .barred = {true, true, true}}), ElementsAre(0, 1, 2));
}

}  // namespace
}  // namespace towline::supervisor
