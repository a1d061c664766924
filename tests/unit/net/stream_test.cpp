#include "net/stream.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/connect_pair.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <gtest/gtest.h>

#include <utility>

namespace towline::net {
namespace {

using asio::ip::tcp;

struct StreamTest : testing::Test {
  void connect(const char* address) {
    tcp::acceptor acceptor(io, {asio::ip::make_address(address), 0});
    far.connect(acceptor.local_endpoint());
    near = acceptor.accept();
  }

  asio::io_context io;
  tcp::socket far{io};
  Stream near{io};
};

TEST_F(StreamTest, knows_its_tcp_peer) {
  connect("127.0.0.1");
  EXPECT_TRUE(is_tcp(near));
  EXPECT_EQ(peer_of(near), (HostPort{"127.0.0.1", far.local_endpoint().port()}));
}

TEST_F(StreamTest, an_acceptor_knows_where_it_is_bound) {
  tcp::acceptor acceptor(io, {asio::ip::address_v4::loopback(), 0});
  const auto port = acceptor.local_endpoint().port();
  EXPECT_EQ(local_of(Acceptor(std::move(acceptor))), (HostPort{"127.0.0.1", port}));
  EXPECT_EQ(local_of(Acceptor(io)), HostPort{}) << "nowhere";
}

TEST_F(StreamTest, knows_its_v6_peer) {
  error_code ec;
  tcp::acceptor probe(io);
  probe.open(tcp::v6(), ec);
  if (!ec) probe.bind({asio::ip::address_v6::loopback(), 0}, ec);
  if (ec) GTEST_SKIP() << "this machine has no IPv6";
  connect("::1");
  EXPECT_EQ(peer_of(near), (HostPort{"::1", far.local_endpoint().port()}));
}

TEST_F(StreamTest, a_peer_that_is_gone_has_no_name) {
  connect("127.0.0.1");
  far.set_option(asio::socket_base::linger(true, 0));
  far.close();
  char byte = 0;
  error_code ec;
  near.read_some(asio::buffer(&byte, 1), ec);
  EXPECT_EQ(peer_of(near), HostPort{});
}

TEST_F(StreamTest, a_unix_peer_has_no_name) {
  asio::local::stream_protocol::socket one(io);
  asio::local::stream_protocol::socket other(io);
  asio::local::connect_pair(one, other);
  const Stream stream(std::move(one));
  EXPECT_FALSE(is_tcp(stream));
  EXPECT_EQ(peer_of(stream), HostPort{});
}

TEST_F(StreamTest, reset_is_seen_by_the_peer) {
  connect("127.0.0.1");
  reset(near);
  char byte = 0;
  error_code ec;
  far.read_some(asio::buffer(&byte, 1), ec);
  EXPECT_EQ(ec, asio::error::connection_reset);
}

TEST_F(StreamTest, a_tcp_peer_has_hung_up_when_it_resets_and_not_when_it_ends_what_it_says) {
  connect("127.0.0.1");
  EXPECT_FALSE(has_hung_up(near));
  far.shutdown(tcp::socket::shutdown_send);
  near.wait(Stream::wait_read);
  EXPECT_FALSE(has_hung_up(near));
  far.set_option(asio::socket_base::linger(true, 0));
  far.close();
  near.wait(Stream::wait_error);
  EXPECT_TRUE(has_hung_up(near));
}

TEST_F(StreamTest, a_unix_peer_has_hung_up_when_it_closes_and_not_when_it_ends_what_it_says) {
  asio::local::stream_protocol::socket one(io);
  asio::local::stream_protocol::socket other(io);
  asio::local::connect_pair(one, other);
  Stream stream(std::move(one));
  other.shutdown(Stream::shutdown_send);
  EXPECT_FALSE(has_hung_up(stream));
  other.close();
  EXPECT_TRUE(has_hung_up(stream));
}

}  // namespace
}  // namespace towline::net
