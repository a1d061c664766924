#include "net/connect.hpp"

#include "net/error.hpp"
#include "unit/net/drive.hpp"
#include "unit/net/name_server.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/system/errc.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

namespace towline::net {
namespace {

using asio::ip::tcp;
using testing::HasSubstr;

struct Connect : testing::Test {
  asio::io_context io;
  tcp::acceptor listener{io, {asio::ip::address_v4::loopback(), 0}};
  tcp::acceptor full{io, {asio::ip::address_v4::loopback(), 0}};
  tcp::socket taken{io};

  tcp::endpoint open() const { return listener.local_endpoint(); }

  // Refuses: bound, so that nobody else gets the port, and not listening.
  tcp::socket bound{io, {asio::ip::address_v4::loopback(), 0}};
  tcp::endpoint closed() const { return bound.local_endpoint(); }

  // Answers nobody: a listener with room for one, which is taken, drops what knocks.
  tcp::endpoint silent() {
    full.listen(0);
    taken.connect(full.local_endpoint());
    return full.local_endpoint();
  }

  Result<tcp::socket> connect(const Endpoints& endpoints, Deadline deadline = soon(),
                              const SocketOptions& options = {}) {
    return run(io, net::connect(endpoints, deadline, options));
  }
};

TEST_F(Connect, the_socket_is_ready_for_small_packets_and_dead_peers) {
  auto socket = connect({open()});
  ASSERT_TRUE(socket) << socket.error().message();
  EXPECT_EQ(socket->remote_endpoint(), open());
  tcp::no_delay no_delay;
  tcp::socket::keep_alive keep_alive;
  socket->get_option(no_delay);
  socket->get_option(keep_alive);
  EXPECT_TRUE(no_delay.value());
  EXPECT_TRUE(keep_alive.value());
  EXPECT_TRUE(socket->native_non_blocking());
}

TEST_F(Connect, the_family_that_is_asked_for_is_the_only_one_tried) {
  const tcp::endpoint v6(asio::ip::address_v6::loopback(), open().port());
  const SocketOptions inet{.family = AddressFamily::inet};
  const auto socket = connect({v6, open()}, soon(), inet);
  ASSERT_TRUE(socket) << socket.error().message();
  EXPECT_EQ(socket->remote_endpoint(), open());
  EXPECT_EQ(connect({open()}, soon(), {.family = AddressFamily::inet6}).error().code, errc::no_address);
}

TEST_F(Connect, the_address_and_the_interface_to_come_from_are_bound) {
  const SocketOptions options{.bind_address = "127.0.0.2", .bind_interface = "lo"};
  const auto socket = connect({open()}, soon(), options);
  ASSERT_TRUE(socket) << socket.error().message();
  EXPECT_EQ(socket->local_endpoint().address().to_string(), "127.0.0.2");
}

TEST_F(Connect, an_address_of_the_other_family_is_not_tried_from_a_bound_one) {
  const tcp::endpoint v6(asio::ip::address_v6::loopback(), open().port());
  const auto socket = connect({v6, open()}, soon(), {.bind_address = "127.0.0.1"});
  ASSERT_TRUE(socket) << socket.error().message();
  EXPECT_EQ(socket->remote_endpoint(), open());
}

TEST_F(Connect, an_address_that_is_not_ours_and_an_interface_that_is_not_there_are_named) {
  const auto not_ours = connect({open()}, soon(), {.bind_address = "192.0.2.1"}).error();
  EXPECT_EQ(not_ours.code, boost::system::errc::address_not_available);
  EXPECT_THAT(not_ours.detail, HasSubstr("from 192.0.2.1"));
  const auto no_interface = connect({open()}, soon(), {.bind_interface = "towline-none"}).error();
  EXPECT_TRUE(no_interface.code) << no_interface.message();
  EXPECT_THAT(no_interface.detail, HasSubstr("over towline-none"));
}

TEST_F(Connect, keepalive_probes_can_be_left_out) {
  auto socket = connect({open()}, soon(), {.tcp_keepalive = false});
  ASSERT_TRUE(socket);
  tcp::socket::keep_alive keep_alive;
  socket->get_option(keep_alive);
  EXPECT_FALSE(keep_alive.value());
}

TEST_F(Connect, the_next_address_is_tried_when_one_refuses) {
  const auto socket = connect({closed(), open()});
  ASSERT_TRUE(socket);
  EXPECT_EQ(socket->remote_endpoint(), open());
}

TEST_F(Connect, a_refusal_names_the_address) {
  const auto failure = connect({closed()}).error();
  EXPECT_EQ(failure.code, asio::error::connection_refused);
  EXPECT_EQ(failure.detail, "127.0.0.1:" + std::to_string(closed().port()));
}

TEST_F(Connect, when_all_fail_each_address_has_its_reason) {
  const tcp::endpoint nowhere(asio::ip::make_address("255.255.255.255"), 22);
  const auto failure = connect({closed(), nowhere}).error();
  EXPECT_EQ(failure.code, asio::error::connection_refused);
  EXPECT_THAT(failure.detail,
              HasSubstr("127.0.0.1:" + std::to_string(closed().port()) + " (Connection refused), "));
  EXPECT_THAT(failure.detail, HasSubstr("255.255.255.255:22 ("));
}

TEST_F(Connect, an_address_that_does_not_answer_holds_nobody_up) {
  const auto socket = connect({silent(), open()});
  ASSERT_TRUE(socket);
  EXPECT_EQ(socket->remote_endpoint(), open());
}

TEST_F(Connect, the_deadline_ends_the_wait_for_an_answer) {
  const auto address = silent();
  const auto failure = connect({address}, in(std::chrono::milliseconds(20))).error();
  EXPECT_EQ(failure.code, errc::connect_timed_out);
  EXPECT_EQ(failure.detail, "127.0.0.1:" + std::to_string(address.port()));
}

TEST_F(Connect, can_be_cancelled_while_nobody_answers) {
  const auto address = silent();
  Running connecting(io, net::connect({address, address}, soon()));
  connecting.until_it_waits();
  connecting.cancel();
  EXPECT_EQ(connecting.result().error().code, asio::error::operation_aborted);
}

TEST_F(Connect, can_be_cancelled_after_every_step) {
  int cancelled = 0;
  for (int steps = 1; steps < 10; ++steps) {
    Running connecting(io, net::connect({closed(), open()}, soon()));
    io.restart();
    for (int step = 0; step < steps; ++step) io.poll_one();
    connecting.cancel();
    const auto result = connecting.result();
    if (result) continue;
    EXPECT_EQ(result.error().code, asio::error::operation_aborted) << steps;
    ++cancelled;
  }
  EXPECT_GT(cancelled, 1);
}

TEST_F(Connect, no_address_is_a_failure_of_its_own) { EXPECT_EQ(connect({}).error().code, errc::no_address); }

TEST_F(Connect, a_deadline_in_the_past_tries_nothing) {
  EXPECT_EQ(connect({open()}, in(std::chrono::milliseconds(-1))).error().code, errc::connect_timed_out);
}

TEST_F(Connect, a_name_is_resolved_first) {
  NameServer server(io, {{"db.test", {NameServer::Says::addresses, {"127.0.0.1"}}}});
  const Resolver resolver(server.options());
  const auto socket = run(io, net::connect({"db.test", open().port()}, resolver, soon()));
  ASSERT_TRUE(socket);
  EXPECT_EQ(socket->remote_endpoint(), open());
  EXPECT_EQ(run(io, net::connect({"nowhere.test", 1}, resolver, soon())).error().code, errc::name_not_found);
}

using Says = NameServer::Says;

// IPv6 is answered for at once, and nobody listens there.
TEST_F(Connect, addresses_that_become_known_later_join_the_race) {
  NameServer server(io, {{"db.test", {Says::later, {"127.0.0.1", "::1"}, Says::addresses}}});
  const Resolver resolver(server.options());
  auto lookup = resolver.look_up(io.get_executor(), {"db.test", open().port()});
  const auto known = run(io, lookup.first(soon())).value();
  ASSERT_EQ(known.size(), 1U);
  ASSERT_TRUE(known.front().address().is_v6());
  Running connecting(io, net::connect(known, soon(), {}, &lookup));
  connecting.until_it_waits();
  EXPECT_FALSE(connecting.ended()) << "all that is known has failed, and more may come";
  server.answer_later();
  const auto socket = connecting.result();
  ASSERT_TRUE(socket) << socket.error().message();
  EXPECT_EQ(socket->remote_endpoint(), open());
}

TEST_F(Connect, a_family_that_never_answers_does_not_hold_up_the_failure) {
  NameServer server(io, {{"db.test", {Says::addresses, {"127.0.0.1"}, Says::nothing}}});
  const Resolver resolver(server.options());
  const auto began = std::chrono::steady_clock::now();
  const auto failure = run(io, net::connect({"db.test", closed().port()}, resolver, soon())).error();
  EXPECT_EQ(failure.code, asio::error::connection_refused);
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(5));
}

// What connect() finds further addresses with, and its descriptors.
struct Poor {
  Poor(asio::io_context& io, std::size_t descriptors) : all(descriptors) {
    lookup.emplace(Resolver({.descriptors = &all}).look_up(io.get_executor(), {"127.0.0.1", 1}));
  }

  Descriptors all;
  std::optional<Lookup> lookup;
};

TEST_F(Connect, an_attempt_beside_another_takes_a_descriptor_and_gives_it_back) {
  const auto hanging = silent();
  Poor two(io, 2);
  auto socket = run(io, net::connect({hanging, hanging, open()}, soon(), {}, &*two.lookup));
  ASSERT_TRUE(socket) << socket.error().message();
  EXPECT_EQ(two.all.taken(), 0U);
  Poor one(io, 1);
  const auto failure =
      run(io, net::connect({hanging, hanging, open()}, in(std::chrono::milliseconds(700)), {}, &*one.lookup))
          .error();
  EXPECT_EQ(failure.code, errc::connect_timed_out);
  EXPECT_THAT(failure.detail, testing::Not(HasSubstr(std::to_string(open().port()))));
}

TEST_F(Connect, without_a_descriptor_the_next_attempt_waits_for_the_one_before) {
  Poor none(io, 0);
  const auto socket = run(io, net::connect({closed(), open()}, soon(), {}, &*none.lookup));
  ASSERT_TRUE(socket) << socket.error().message();
  const auto hanging = silent();
  const auto failure =
      run(io, net::connect({hanging, open()}, in(std::chrono::milliseconds(400)), {}, &*none.lookup)).error();
  EXPECT_EQ(failure.code, errc::connect_timed_out);
  EXPECT_THAT(failure.detail, testing::Not(HasSubstr(std::to_string(open().port()))));
}

TEST(FamilyOf, the_bound_address_leaves_its_own_family) {
  EXPECT_EQ(family_of({}), AddressFamily::any);
  EXPECT_EQ(family_of({.bind_address = "127.0.0.1"}), AddressFamily::inet);
  EXPECT_EQ(family_of({.bind_address = "::1"}), AddressFamily::inet6);
  EXPECT_EQ(family_of({.family = AddressFamily::inet, .bind_address = "::1"}), AddressFamily::inet);
}

}  // namespace
}  // namespace towline::net
