#include "supervisor/turnstile.hpp"

#include "async/task_group.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace towline::supervisor {
namespace {

class TurnstileTest : public testing::Test {
 protected:
  Task<> hold(ServerIndex server, std::string name) {
    auto pass = co_await turnstile_.enter(server);
    said_ += name + (pass ? "+" : "!");
    if (!pass) co_return;
    while (!released_) co_await change_.wait();
    said_ += name + "-";
  }

  void release() {
    released_ = true;
    change_.notify_all();
  }

  asio::io_context context_;
  Turnstile turnstile_{2};
  TaskGroup group_{context_.get_executor()};
  Event change_{context_.get_executor()};
  bool released_ = false;
  std::string said_;
};

TEST_F(TurnstileTest, one_at_a_time_for_each_server_first_come_first_served) {
  group_.spawn(hold(0, "a"));
  group_.spawn(hold(0, "b"));
  group_.spawn(hold(1, "c"));
  group_.spawn(hold(0, "d"));
  context_.poll();
  EXPECT_EQ(said_, "a+c+");
  release();
  context_.poll();
  EXPECT_EQ(said_, "a+c+a-c-b+b-d+d-");
}

TEST_F(TurnstileTest, who_is_cancelled_while_waiting_is_passed_over) {
  group_.spawn(hold(0, "a"));
  context_.poll();
  TaskGroup impatient(context_.get_executor());
  impatient.spawn(hold(0, "b"));
  group_.spawn(hold(0, "c"));
  context_.poll();
  impatient.cancel();
  context_.poll();
  EXPECT_EQ(said_, "a+b!");
  release();
  context_.poll();
  EXPECT_EQ(said_, "a+b!a-c+c-");
}

TEST_F(TurnstileTest, who_is_cancelled_when_it_was_just_let_in_lets_the_next_one_in) {
  group_.spawn(hold(0, "a"));
  context_.poll();
  TaskGroup impatient(context_.get_executor());
  impatient.spawn(hold(0, "b"));
  group_.spawn(hold(0, "c"));
  context_.poll();
  release();
  context_.poll_one();  // "a" leaves; the word for "b" is on its way
  impatient.cancel();
  context_.poll();
  EXPECT_EQ(said_.substr(said_.size() - 4), "c+c-") << said_;
  EXPECT_EQ(impatient.size(), 0U);
}

Task<> pass_often(Turnstile& turnstile, std::atomic<int>& inside, std::atomic<int>& passed) {
  for (int i = 0; i < 200; ++i) {
    const auto pass = co_await turnstile.enter(0);
    if (pass && ++inside == 1) ++passed;
    --inside;
  }
}

TEST(Turnstile, holds_between_threads) {
  Turnstile turnstile(1);
  std::atomic<int> inside = 0;
  std::atomic<int> passed = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i) {
    threads.emplace_back([&] {
      asio::io_context context;
      TaskGroup group(context.get_executor());
      group.spawn(pass_often(turnstile, inside, passed));
      context.run();
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(passed, 600);
}

}  // namespace
}  // namespace towline::supervisor
