#include "ssh/client/channel_wire.hpp"

#include "unit/ssh/client/session_talk.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

namespace towline::ssh {
namespace {

using connection::close;
using connection::data;
using connection::eof;
using connection::window_adjust;
using testing::ElementsAre;

class ChannelWireTest : public testing::Test {
 protected:
  ChannelWire wire(std::uint32_t window = connection::plenty) {
    return ChannelWire(talk_.open_channel(window));
  }

  // What a read of at most `size` bytes gives, or the reason why nothing.
  static std::string read(ChannelWire& wire, std::size_t size = 100) {
    std::vector<std::uint8_t> buffer(size);
    const auto got = wire.read_some(buffer);
    if (got.error) return got.would_block() ? "would block" : got.eof() ? "eof" : got.error.message();
    return {buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(got.bytes)};
  }

  SessionTalk talk_;
};

TEST_F(ChannelWireTest, reads_what_came_piece_by_piece_and_then_the_end) {
  auto wire = this->wire();
  EXPECT_EQ(read(wire), "would block");
  std::optional<error_code> readable;
  talk_.start(wire.wait_readable(), readable);
  EXPECT_FALSE(readable);
  talk_.server_says(data(0, "hello"));
  EXPECT_EQ(readable, error_code{});
  EXPECT_EQ(read(wire, 2), "he");
  EXPECT_EQ(read(wire, 0), "");
  EXPECT_EQ(read(wire), "llo");
  EXPECT_EQ(read(wire), "would block");
  talk_.server_says(data(0, "!"));
  talk_.server_says(eof(0));
  EXPECT_EQ(read(wire), "!");
  EXPECT_EQ(read(wire), "eof");
}

TEST_F(ChannelWireTest, writes_what_the_window_takes_and_waits_for_more) {
  auto wire = this->wire(3);
  EXPECT_EQ(wire.write_some(bytes_of("hello")).bytes, 3U);
  EXPECT_TRUE(wire.write_some(bytes_of("lo")).would_block());
  EXPECT_FALSE(wire.write_some({}).error);
  std::optional<error_code> writable;
  talk_.start(wire.wait_writable(), writable);
  EXPECT_FALSE(writable);
  talk_.server_says(window_adjust(0, 10));
  EXPECT_EQ(writable, error_code{});
  EXPECT_EQ(wire.write_some(bytes_of("lo")).bytes, 2U);
  talk_.turn();
  EXPECT_THAT(talk_.server_heard(), ElementsAre("data 7 hel", "data 7 lo"));
}

TEST_F(ChannelWireTest, that_loses_its_session_wakes_its_waiters_and_says_why) {
  auto wire = this->wire(0);
  std::optional<error_code> readable;
  std::optional<error_code> writable;
  talk_.start(wire.wait_readable(), readable);
  talk_.start(wire.wait_writable(), writable);
  talk_.server.hangs_up();
  talk_.turn();
  EXPECT_EQ(readable, error_code{});
  EXPECT_EQ(writable, error_code{});
  EXPECT_EQ(read(wire), make_error_code(errc::peer_closed).message());
  EXPECT_EQ(wire.write_some(bytes_of("x")).error, errc::peer_closed);
}

TEST_F(ChannelWireTest, closed_by_the_jump_host_has_ended) {
  auto wire = this->wire();
  talk_.server_says(close(0));
  EXPECT_EQ(read(wire), "eof");
  EXPECT_EQ(wire.write_some(bytes_of("x")).error, errc::channel_closed);
}

TEST_F(ChannelWireTest, that_is_closed_closes_its_channel_behind_what_was_written) {
  auto wire = this->wire();
  wire.write_some(bytes_of("bye"));
  wire.close();
  wire.abort();
  talk_.turn();
  EXPECT_THAT(talk_.server_heard(), ElementsAre("data 7 bye", "close 7"));
}

TEST_F(ChannelWireTest, tells_a_waiter_that_it_was_cancelled) {
  auto wire = this->wire();
  std::optional<error_code> readable;
  talk_.start(wire.wait_readable(), readable);
  talk_.stop();
  EXPECT_EQ(readable, asio::error::operation_aborted);
}

}  // namespace
}  // namespace towline::ssh
