#include "forward/watch.hpp"

#include "async/task_group.hpp"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

namespace towline::forward {
namespace {

using observe::ConnectionFailure;
using observe::ProbeFailure;

struct WatchTest : testing::Test {
  void poll() {
    io.restart();
    io.poll();
  }

  asio::io_context io;
  Watch watch{io.get_executor()};
};

Task<> count(Watch& watch, int& told) {
  while (!co_await watch.wait()) ++told;
}

TEST_F(WatchTest, whoever_waits_is_told_of_each_step) {
  int told = 0;
  TaskGroup waiting(io.get_executor());
  waiting.spawn(count(watch, told));
  poll();
  watch.listens(true);
  poll();
  EXPECT_TRUE(watch.listens());
  watch.arrived();
  poll();
  EXPECT_EQ(watch.came_back(), (CameBack{.arrived = true}));
  watch.joined();
  poll();
  EXPECT_EQ(watch.came_back(), (CameBack{.arrived = true, .joined = true}));
  EXPECT_EQ(told, 3);
  waiting.cancel();
  poll();
}

TEST_F(WatchTest, each_time_the_forward_comes_up_is_told) {
  int told = 0;
  TaskGroup waiting(io.get_executor());
  waiting.spawn(count(watch, told));
  for (int i = 0; i < 2; ++i) {
    poll();
    watch.listens(true);
  }
  poll();
  EXPECT_EQ(told, 2);
  watch.listens(false);
  EXPECT_FALSE(watch.listens());
  waiting.cancel();
  poll();
}

TEST_F(WatchTest, a_probe_asks_only_for_what_has_come_since_it_began) {
  watch.arrived();
  watch.joined();
  watch.not_joined(ConnectionFailure::limit);
  watch.begin();
  EXPECT_EQ(watch.came_back(), CameBack{});
}

TEST_F(WatchTest, connections_are_turned_away_for_what_is_missing_here_only) {
  watch.not_joined(ConnectionFailure::target_refused);
  EXPECT_FALSE(watch.came_back().turned_away);
  watch.not_joined(ConnectionFailure::limit);
  EXPECT_EQ(watch.came_back().turned_away, ProbeFailure::limit);
  watch.not_joined(ConnectionFailure::resource_shortage);
  EXPECT_EQ(watch.came_back().turned_away, ProbeFailure::resource_shortage);
  watch.not_joined(ConnectionFailure::target_refused);
  EXPECT_EQ(watch.came_back().turned_away, ProbeFailure::resource_shortage);
}

}  // namespace
}  // namespace towline::forward
