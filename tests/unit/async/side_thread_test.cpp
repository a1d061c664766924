#include "async/side_thread.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <memory>
#include <utility>
#include <vector>

namespace towline {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

// A job that stands until it is let go.
struct Held {
  std::promise<void> go;
  std::shared_future<void> gone = go.get_future().share();

  std::function<void()> job() const {
    return [wait = gone] { wait.wait(); };
  }
};

TEST(SideThread, does_its_jobs_in_order) {
  std::vector<int> order;
  SideThread side;
  for (int i = 0; i < 4; ++i) side.run([&order, i] { order.push_back(i); });
  EXPECT_TRUE(side.finish(10s));
  EXPECT_THAT(order, testing::ElementsAre(0, 1, 2, 3));
}

TEST(SideThread, whose_job_stands_holds_up_nobody_who_gives_it_another) {
  Held held;
  bool done = false;
  SideThread side;
  side.run(held.job());
  side.run([&done] { done = true; });
  EXPECT_FALSE(side.finish(1ms));
  held.go.set_value();
  EXPECT_TRUE(side.finish(10s));
  EXPECT_TRUE(done);
}

TEST(SideThread, that_ends_does_what_it_was_given_before) {
  auto done = std::make_shared<bool>(false);
  {
    SideThread().run([done] { *done = true; });
  }
  EXPECT_TRUE(*done);
}

TEST(SideThread, that_ends_leaves_a_job_behind_that_does_not_come_back) {
  Held held;
  std::promise<void> over;
  auto left_behind = over.get_future();
  const auto begin = Clock::now();
  {
    SideThread side;
    side.run([wait = held.job(), over = std::make_shared<std::promise<void>>(std::move(over))] {
      wait();
      over->set_value();
    });
  }
  EXPECT_GE(Clock::now() - begin, SideThread::last_patience);
  EXPECT_LT(Clock::now() - begin, 10s);
  held.go.set_value();
  left_behind.wait();
}

}  // namespace
}  // namespace towline
