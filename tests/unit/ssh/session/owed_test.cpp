#include "ssh/session/owed.hpp"

#include "async/task_group.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <gtest/gtest.h>

#include <optional>

namespace towline::ssh {
namespace {

using namespace std::chrono_literals;

class OwedTest : public testing::Test {
 protected:
  OwedTest() { watching_.spawn(watch(owed_, result_)); }
  ~OwedTest() override {
    asio::post(io_, [this] { watching_.cancel(); });
    io_.restart();
    io_.run();
  }

  static Task<> watch(Owed& owed, std::optional<error_code>& result) { result = co_await owed.overdue(); }

  void pass(std::chrono::milliseconds time) {
    io_.restart();
    io_.run_for(time);
  }

  asio::io_context io_;
  Owed owed_{io_.get_executor(), 1s};
  std::optional<error_code> result_;
  TaskGroup watching_{io_.get_executor()};
};

TEST_F(OwedTest, is_never_overdue_where_it_is_not_owed) {
  pass(1200ms);
  EXPECT_FALSE(result_);
  owed_.settle();
  pass(10ms);
  EXPECT_FALSE(result_);
}

TEST_F(OwedTest, is_overdue_when_its_time_is_over) {
  pass(1ms);
  owed_.begin();
  pass(20ms);
  owed_.begin();  // it is owed already
  pass(10s);
  EXPECT_EQ(result_, error_code(asio::error::timed_out));
}

TEST_F(OwedTest, is_not_overdue_when_it_was_settled) {
  owed_.begin();
  pass(1ms);
  owed_.settle();
  pass(1200ms);
  EXPECT_FALSE(result_);
}

TEST_F(OwedTest, begins_anew_with_the_next) {
  for (int i = 0; i < 6; ++i) {
    owed_.begin();
    pass(250ms);
    owed_.settle();
  }
  EXPECT_FALSE(result_) << "none of them was owed for long";
  owed_.begin();
  pass(10s);
  EXPECT_TRUE(result_);
}

}  // namespace
}  // namespace towline::ssh
