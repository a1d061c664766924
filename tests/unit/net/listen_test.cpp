#include "net/listen.hpp"

#include "net/connect.hpp"
#include "net/error.hpp"
#include "net/free_port.hpp"
#include "unit/net/drive.hpp"
#include "unit/net/name_server.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <unistd.h>

namespace towline::net {
namespace {

using asio::ip::tcp;
using testing::EndsWith;

struct Listen : testing::Test {
  asio::io_context io;
  std::unique_ptr<Resolver> resolver = std::make_unique<Resolver>();

  Result<Listening> listen(const HostPort& where) { return run(io, net::listen(where, *resolver, soon())); }

  error_code reach(const char* address, std::uint16_t port) {
    tcp::socket socket(io);
    error_code ec;
    socket.connect({asio::ip::make_address(address), port}, ec);
    return ec;
  }

  bool has_v6() {
    error_code ec;
    tcp::acceptor probe(io);
    probe.open(tcp::v6(), ec);
    if (!ec) probe.bind({asio::ip::address_v6::loopback(), 0}, ec);
    return !ec;
  }
};

TEST_F(Listen, port_0_is_a_free_port_above_the_well_known_ones) {
  const auto listening = listen({"127.0.0.1", 0});
  ASSERT_TRUE(listening) << listening.error().message();
  ASSERT_EQ(listening->acceptors.size(), 1U);
  EXPECT_EQ(listening->acceptors.front().local_endpoint().port(), listening->port);
  EXPECT_GE(listening->port, 32768);
  EXPECT_FALSE(reach("127.0.0.1", listening->port));
}

TEST_F(Listen, an_empty_host_is_every_address_of_both_families) {
  const auto listening = listen({"", 0});
  ASSERT_TRUE(listening) << listening.error().message();
  EXPECT_FALSE(reach("127.0.0.1", listening->port));
  if (!has_v6()) GTEST_SKIP() << "this machine has no IPv6";
  EXPECT_EQ(listening->acceptors.size(), 2U);
  EXPECT_FALSE(reach("::1", listening->port));
  for (const auto& acceptor : listening->acceptors)
    EXPECT_EQ(acceptor.local_endpoint().port(), listening->port);
}

TEST_F(Listen, all_zeros_is_v4_only) {
  const auto listening = listen({"0.0.0.0", 0});
  ASSERT_TRUE(listening);
  EXPECT_FALSE(reach("127.0.0.1", listening->port));
  EXPECT_TRUE(reach("::1", listening->port));
}

TEST_F(Listen, a_name_stands_for_all_its_addresses) {
  NameServer server(io, {{"here.test", {NameServer::Says::addresses, {"127.0.0.1", "127.0.0.2"}}}});
  resolver = std::make_unique<Resolver>(server.options());
  const auto listening = listen({"here.test", 0});
  ASSERT_TRUE(listening) << listening.error().message();
  EXPECT_EQ(listening->acceptors.size(), 2U);
  EXPECT_FALSE(reach("127.0.0.2", listening->port));
  EXPECT_EQ(listen({"nowhere.test", 0}).error().code, errc::name_not_found);
}

TEST_F(Listen, a_port_in_use_is_said_with_its_address) {
  const auto first = listen({"127.0.0.1", 0});
  ASSERT_TRUE(first);
  const auto second = listen({"127.0.0.1", first->port});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, asio::error::address_in_use);
  EXPECT_EQ(second.error().detail, "127.0.0.1:" + std::to_string(first->port));
}

TEST_F(Listen, one_family_in_use_is_not_passed_over) {
  const auto v4 = listen({"0.0.0.0", 0});
  ASSERT_TRUE(v4);
  EXPECT_EQ(listen({"", v4->port}).error().code, asio::error::address_in_use);
}

TEST_F(Listen, a_port_can_be_taken_again_at_once) {
  auto first = listen({"127.0.0.1", 0});
  ASSERT_TRUE(first);
  const auto port = first->port;
  {
    tcp::socket client(io);
    client.connect({asio::ip::address_v4::loopback(), port});
    const auto accepted = first->acceptors.front().accept();  // closed first: its side goes to TIME_WAIT
  }
  first->acceptors.clear();
  EXPECT_TRUE(listen({"127.0.0.1", port}));
}

TEST_F(Listen, a_port_that_does_not_listen_refuses_and_stays_ours) {
  const auto taken = [this](std::uint16_t port, bool reuse) {
    tcp::acceptor other(io, tcp::v4());
    other.set_option(tcp::acceptor::reuse_address(reuse));
    error_code ec;
    other.bind({asio::ip::address_v4::any(), port}, ec);
    return !ec;
  };
  auto ours = listen({"127.0.0.1", 0});
  ASSERT_TRUE(ours);
  Acceptor acceptor(std::move(ours->acceptors.front()));
  for (int round = 0; round < 3; ++round) {
    ASSERT_FALSE(stop_listening(acceptor));
    EXPECT_EQ(reach("127.0.0.1", ours->port), asio::error::connection_refused);
    EXPECT_FALSE(taken(ours->port, false));
    EXPECT_FALSE(taken(ours->port, true)) << "with SO_REUSEADDR";
    EXPECT_EQ(listen({"127.0.0.1", ours->port}).error().code, asio::error::address_in_use);
    ASSERT_FALSE(listen_again(acceptor));
    EXPECT_FALSE(reach("127.0.0.1", ours->port));
  }
}

// Half of the ports that the kernel gives to outgoing connections are tried for each of these: were the port
// free, one of them would be connected to itself.
TEST_F(Listen, nobody_is_connected_to_itself_at_a_port_that_does_not_listen) {
  const auto rules = port_rules();
  Result<Listening> ours = errc::no_address;
  for (auto port = rules.outgoing.first + rules.outgoing.first % 2; !ours && port < rules.outgoing.last;
       port += 2)
    ours = listen({"127.0.0.1", static_cast<std::uint16_t>(port)});
  ASSERT_TRUE(ours) << ours.error().message();
  Acceptor acceptor(std::move(ours->acceptors.front()));
  ASSERT_FALSE(stop_listening(acceptor));
  for (int i = 0; i < 30'000; ++i)
    ASSERT_EQ(reach("127.0.0.1", ours->port), asio::error::connection_refused) << i;
}

TEST_F(Listen, an_address_of_another_machine_is_refused) {
  const auto failure = listen({"192.0.2.1", 0}).error();
  EXPECT_EQ(failure.code, boost::system::errc::address_not_available);
  EXPECT_THAT(failure.detail, testing::StartsWith("192.0.2.1:"));
}

TEST_F(Listen, a_missing_address_is_left_out_while_another_remains) {
  const Endpoints addresses{{asio::ip::make_address("192.0.2.1"), 0}, {asio::ip::address_v4::loopback(), 0}};
  const auto listening = net::listen(io.get_executor(), addresses, 0);
  ASSERT_TRUE(listening);
  ASSERT_EQ(listening->acceptors.size(), 1U);
  EXPECT_FALSE(reach("127.0.0.1", listening->port));
}

TEST_F(Listen, a_port_that_needs_privileges_is_denied) {
  if (::geteuid() == 0) GTEST_SKIP() << "root may bind every port";
  const auto failure = listen({"127.0.0.1", 1}).error();
  EXPECT_EQ(failure.code, asio::error::access_denied);
  EXPECT_THAT(failure.detail, EndsWith(":1"));
}

}  // namespace
}  // namespace towline::net
