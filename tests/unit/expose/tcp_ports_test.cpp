#include "expose/tcp_ports.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <gtest/gtest.h>

#include <optional>
#include <vector>

namespace towline::expose {
namespace {

using asio::ip::tcp;

class TcpPortsTest : public testing::Test {
 protected:
  ~TcpPortsTest() override {
    ports_.close_all();
    io_.restart();
    io_.run();
  }

  static Task<> open_into(TcpPorts& ports, std::uint16_t port, PortRange range,
                          std::optional<Result<std::uint16_t>>& opened) {
    opened = co_await ports.open(port, range, std::chrono::steady_clock::now() + std::chrono::seconds(10));
  }
  Result<std::uint16_t> open(std::uint16_t port, PortRange range = {}) {
    std::optional<Result<std::uint16_t>> opened;
    TaskGroup tasks(io_.get_executor());
    tasks.spawn(open_into(ports_, port, range, opened));
    io_.restart();
    while (!opened) io_.run_one();
    io_.poll();
    return *opened;
  }
  bool accepts(std::uint16_t port) {
    tcp::socket socket(io_);
    error_code refused;
    socket.connect({asio::ip::address_v4::loopback(), port}, refused);
    return !refused;
  }
  static std::uint16_t free_port(tcp::acceptor& holder) {
    holder.open(tcp::v4());
    holder.bind({asio::ip::address_v4::loopback(), 0});
    return holder.local_endpoint().port();
  }

  asio::io_context io_{1};
  net::Resolver resolver_;
  std::vector<std::uint16_t> arrived_;
  TcpPorts ports_{io_.get_executor(), "127.0.0.1", resolver_,
                  [this](net::Stream, std::uint16_t port) { arrived_.push_back(port); }};
};

TEST_F(TcpPortsTest, whoever_connects_is_handed_on_with_the_port) {
  const auto port = open(0);
  ASSERT_TRUE(port);
  EXPECT_TRUE(accepts(*port));
  while (arrived_.empty()) io_.run_one();
  EXPECT_EQ(arrived_, std::vector{*port});
}

TEST_F(TcpPortsTest, one_that_is_given_back_can_be_had_again_at_once) {
  const auto port = open(0);
  ASSERT_TRUE(port);
  ports_.close(*port);
  EXPECT_FALSE(accepts(*port));
  EXPECT_TRUE(open(*port));
  EXPECT_TRUE(accepts(*port));
}

TEST_F(TcpPortsTest, one_that_is_open_already_is_the_same) {
  const auto port = open(0);
  ASSERT_TRUE(port);
  EXPECT_TRUE(open(*port));
  EXPECT_EQ(ports_.size(), 1U);
}

TEST_F(TcpPortsTest, a_free_one_is_in_the_range) {
  tcp::acceptor first(io_);
  const auto middle = free_port(first);
  const PortRange range{static_cast<std::uint16_t>(middle - 5), static_cast<std::uint16_t>(middle + 5)};
  const auto port = open(0, range);
  ASSERT_TRUE(port);
  EXPECT_TRUE(range.contains(*port)) << *port;
}

TEST_F(TcpPortsTest, one_that_another_program_has_is_not_to_be_had) {
  tcp::acceptor other(io_);
  const auto port = free_port(other);
  other.listen();
  const auto opened = open(port);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, asio::error::address_in_use);
}

}  // namespace
}  // namespace towline::expose
