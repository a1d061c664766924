#include "net/tcp_wire.hpp"

#include "unit/net/drive.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <gtest/gtest.h>

#include <array>
#include <netinet/tcp.h>
#include <string>
#include <vector>

namespace towline::net {
namespace {

using asio::ip::tcp;

struct Wired : testing::Test {
  asio::io_context io;
  tcp::acceptor acceptor{io, {asio::ip::address_v4::loopback(), 0}};
  TcpWire wire{connected()};
  tcp::socket peer{acceptor.accept()};
  std::array<std::uint8_t, 64> buffer{};

  tcp::socket connected() {
    tcp::socket socket(io);
    socket.connect(acceptor.local_endpoint());
    return socket;
  }

  void send(std::string_view text) { asio::write(peer, asio::buffer(text)); }
  error_code wait_readable() { return run(io, wire.wait_readable()); }

  std::string read() {
    const auto result = wire.read_some(buffer);
    EXPECT_FALSE(result.error) << result.error.message();
    return {buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(result.bytes)};
  }

  // Writes until the peer, which does not read, has no room left.
  std::size_t fill() {
    const std::vector<std::uint8_t> block(1 << 20);
    for (std::size_t sent = 0;;) {
      const auto result = wire.write_some(block);
      if (result.error) {
        EXPECT_TRUE(result.would_block()) << result.error.message();
        return sent;
      }
      sent += result.bytes;
    }
  }
};

TEST_F(Wired, nothing_to_read_would_block) {
  const auto result = wire.read_some(buffer);
  EXPECT_TRUE(result.would_block());
  EXPECT_FALSE(result.eof());
  EXPECT_EQ(result.bytes, 0U);
}

TEST_F(Wired, bytes_arrive_in_both_directions) {
  send("hello");
  EXPECT_FALSE(wait_readable());
  EXPECT_EQ(read(), "hello");

  const std::string text = "world";
  EXPECT_EQ(wire.write_some({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}).bytes, 5U);
  std::string received(5, '\0');
  asio::read(peer, asio::buffer(received));
  EXPECT_EQ(received, text);
}

TEST_F(Wired, a_read_is_bounded_by_the_buffer) {
  send("hello");
  EXPECT_FALSE(wait_readable());
  EXPECT_EQ(wire.read_some(std::span(buffer).first(2)).bytes, 2U);
  EXPECT_EQ(read(), "llo");
}

TEST_F(Wired, an_empty_span_is_neither_end_nor_error) {
  const auto nothing_read = wire.read_some({});
  const auto nothing_written = wire.write_some({});
  EXPECT_FALSE(nothing_read.error);
  EXPECT_FALSE(nothing_written.error);
}

TEST_F(Wired, the_peers_end_is_eof_after_its_last_byte) {
  send("bye");
  peer.shutdown(tcp::socket::shutdown_send);
  EXPECT_FALSE(wait_readable());
  EXPECT_EQ(read(), "bye");
  EXPECT_FALSE(wait_readable());
  EXPECT_TRUE(wire.read_some(buffer).eof());
}

TEST_F(Wired, a_reset_is_an_error_and_not_eof) {
  peer.set_option(tcp::socket::linger(true, 0));
  peer.close();
  EXPECT_FALSE(wait_readable());
  EXPECT_EQ(wire.read_some(buffer).error, asio::error::connection_reset);
}

TEST_F(Wired, a_reset_stays_one_whoever_was_told_first) {
  send("last");
  peer.set_option(tcp::socket::linger(true, 0));
  peer.close();
  EXPECT_FALSE(wait_readable());
  EXPECT_EQ(wire.write_some(buffer).error, asio::error::connection_reset);
  EXPECT_EQ(wire.write_some(buffer).error, asio::error::connection_reset);
  EXPECT_EQ(read(), "last");
  EXPECT_EQ(wire.read_some(buffer).error, asio::error::connection_reset);
  EXPECT_EQ(wire.read_some(buffer).error, asio::error::connection_reset);
}

TEST_F(Wired, the_least_time_to_the_peer_is_the_kernels) {
  send("x");
  EXPECT_FALSE(wait_readable());
  read();
  wire.write_some(buffer);
  std::array<char, 64> there{};
  asio::read(peer, asio::buffer(there));
  EXPECT_GT(wire.round_trip().count(), 0);
  EXPECT_LT(wire.round_trip(), std::chrono::seconds(10));
}

TEST_F(Wired, a_timeout_stays_one_whoever_was_told_first) {
  EXPECT_FALSE(wire.set_user_timeout(std::chrono::milliseconds(50)));
  fill();  // of which the peer reads nothing
  EXPECT_FALSE(wait_readable());
  EXPECT_EQ(wire.write_some(buffer).error, asio::error::timed_out);
  EXPECT_EQ(wire.write_some(buffer).error, asio::error::timed_out);
  EXPECT_EQ(wire.read_some(buffer).error, asio::error::timed_out);
}

TEST_F(Wired, a_peer_that_had_ended_before_it_reset_is_at_its_end) {
  peer.shutdown(tcp::socket::shutdown_send);
  EXPECT_FALSE(wait_readable());
  peer.set_option(tcp::socket::linger(true, 0));
  peer.close();
  while (!wire.write_some(buffer).error) {
  }
  EXPECT_TRUE(wire.read_some(buffer).eof());
}

TEST_F(Wired, writing_to_a_closed_peer_is_an_error_and_no_signal) {
  peer.set_option(tcp::socket::linger(true, 0));
  peer.close();
  EXPECT_FALSE(wait_readable());
  EXPECT_TRUE(wire.write_some(buffer).error);
  EXPECT_TRUE(wire.write_some(buffer).error);
}

TEST_F(Wired, a_peer_that_does_not_read_stops_the_writer_until_it_does) {
  const auto sent = fill();
  Running waiting(io, wire.wait_writable());
  waiting.until_it_waits();
  EXPECT_FALSE(waiting.ended());

  std::vector<char> received(sent);
  asio::read(peer, asio::buffer(received));
  EXPECT_FALSE(waiting.result());
  EXPECT_GT(wire.write_some(buffer).bytes, 0U);
}

TEST_F(Wired, waiting_can_be_cancelled) {
  Running waiting(io, wire.wait_readable());
  waiting.until_it_waits();
  waiting.cancel();
  EXPECT_EQ(waiting.result(), asio::error::operation_aborted);
}

TEST_F(Wired, close_wakes_the_waiter_and_lets_the_last_bytes_arrive) {
  wire.write_some(std::span(buffer).first(3));
  Running waiting(io, wire.wait_readable());
  waiting.until_it_waits();
  wire.close();
  EXPECT_EQ(waiting.result(), asio::error::operation_aborted);

  std::array<char, 8> received{};
  error_code ec;
  EXPECT_EQ(asio::read(peer, asio::buffer(received), ec), 3U);
  EXPECT_EQ(ec, asio::error::eof);
}

TEST_F(Wired, abort_resets_the_peer) {
  wire.abort();
  std::array<char, 8> received{};
  error_code ec;
  peer.read_some(asio::buffer(received), ec);
  EXPECT_EQ(ec, asio::error::connection_reset);
}

TEST_F(Wired, close_and_abort_may_be_called_again) {
  wire.close();
  wire.abort();
  wire.close();
  EXPECT_TRUE(wire.read_some(buffer).error);
  EXPECT_TRUE(wire.write_some(buffer).error);
  EXPECT_TRUE(wait_readable());
}

TEST_F(Wired, socket_options_for_ssh_are_set) {
  tcp::no_delay no_delay;
  wire.socket().get_option(no_delay);
  EXPECT_TRUE(no_delay.value());

  EXPECT_FALSE(wire.set_user_timeout(std::chrono::seconds(40)));
  unsigned int timeout_ms = 0;
  socklen_t size = sizeof timeout_ms;
  const int fd = wire.socket().native_handle();
  ASSERT_EQ(::getsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &timeout_ms, &size), 0);
  EXPECT_EQ(timeout_ms, 40'000U);
  wire.close();
  EXPECT_TRUE(wire.set_user_timeout(std::chrono::seconds(40)));
}

}  // namespace
}  // namespace towline::net
