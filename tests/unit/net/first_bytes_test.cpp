#include "net/first_bytes.hpp"

#include "unit/net/drive.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/connect_pair.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/write.hpp>
#include <gtest/gtest.h>

#include <string>

namespace towline::net {
namespace {

struct First : testing::Test {
  First() { asio::local::connect_pair(near, far); }

  void say(std::string_view text) { asio::write(far, asio::buffer(text)); }

  std::string taken(std::size_t room = 100) {
    std::string text(room, '\0');
    text.resize(first.take({reinterpret_cast<std::uint8_t*>(text.data()), room}));
    return text;
  }

  asio::io_context io;
  asio::local::stream_protocol::socket near{io}, far{io};
  FirstBytes<4> first;
};

TEST_F(First, what_came_is_taken_once_and_in_parts) {
  EXPECT_EQ(taken(), "");
  say("abc");
  EXPECT_FALSE(run(io, first.wait(near)));
  EXPECT_FALSE(first.was_full());
  EXPECT_EQ(taken(2), "ab");
  EXPECT_EQ(taken(), "c");
  EXPECT_EQ(taken(), "");
}

TEST_F(First, are_full_where_more_may_have_come) {
  say("abcdef");
  EXPECT_FALSE(run(io, first.wait(near)));
  EXPECT_TRUE(first.was_full());
  EXPECT_EQ(taken(), "abcd");
  EXPECT_FALSE(run(io, first.wait(near)));
  EXPECT_EQ(taken(), "ef");
}

TEST_F(First, a_wait_ends_when_something_comes) {
  Running waiting(io, first.wait(near));
  waiting.until_it_waits();
  EXPECT_FALSE(waiting.ended());
  say("a");
  EXPECT_FALSE(waiting.result());
  EXPECT_EQ(taken(), "a");
}

TEST_F(First, that_nobody_has_taken_are_not_waited_for_again) {
  say("a");
  EXPECT_FALSE(run(io, first.wait(near)));
  EXPECT_FALSE(run(io, first.wait(near)));
  EXPECT_EQ(taken(), "a");
}

TEST_F(First, an_end_is_something_to_read) {
  far.close();
  EXPECT_FALSE(run(io, first.wait(near)));
  EXPECT_EQ(taken(), "");
}

TEST_F(First, a_wait_that_is_cancelled_loses_nothing) {
  Running waiting(io, first.wait(near));
  waiting.until_it_waits();
  waiting.cancel();
  EXPECT_EQ(waiting.result(), asio::error::operation_aborted);
  say("a");
  EXPECT_FALSE(run(io, first.wait(near)));
  EXPECT_EQ(taken(), "a");
}

TEST_F(First, of_a_socket_that_is_closed_do_not_come) {
  near.close();
  EXPECT_TRUE(run(io, first.wait(near)));
}

}  // namespace
}  // namespace towline::net
