#include "net/resolve.hpp"

#include "net/error.hpp"
#include "unit/net/drive.hpp"
#include "unit/net/name_server.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <memory>
#include <sstream>

namespace towline::net {
namespace {

using asio::ip::make_address;
using asio::ip::tcp;
using testing::AnyOf;
using testing::ElementsAre;
using testing::Eq;
using testing::UnorderedElementsAre;
using Says = NameServer::Says;

tcp::endpoint at(const char* address, std::uint16_t port) { return {make_address(address), port}; }

struct Resolve : testing::Test {
  asio::io_context io;
  NameServer server{io,
                    {{"db.test", {Says::addresses, {"192.0.2.1", "192.0.2.2"}}},
                     {"v6.test", {Says::addresses, {"2001:db8::1"}}},
                     {"both.test", {Says::addresses, {"192.0.2.1", "2001:db8::1"}}},
                     {"empty.test", {Says::addresses, {}}},
                     {"broken.test", {Says::server_failure, {}}},
                     {"refused.test", {Says::refused, {}}},
                     {"silent.test", {Says::nothing, {}}}}};
  Resolver resolver{server.options()};

  // Nobody is there: the port was free a moment ago.
  HostPort closed_port() {
    const asio::ip::udp::socket socket(io, {asio::ip::address_v4::loopback(), 0});
    return {"127.0.0.1", socket.local_endpoint().port()};
  }

  Result<Endpoints> resolve(const char* host) { return run(io, resolver.resolve({host, 22}, soon())); }
  error_code error_of(const char* host) { return resolve(host).error().code; }
};

TEST_F(Resolve, addresses_are_returned_without_asking_anybody) {
  EXPECT_THAT(resolve("192.0.2.7").value(), ElementsAre(at("192.0.2.7", 22)));
  EXPECT_THAT(resolve("2001:db8::7").value(), ElementsAre(at("2001:db8::7", 22)));
  EXPECT_EQ(server.questions(), 0);
}

TEST_F(Resolve, localhost_is_the_loopback_without_asking_anybody) {
  const auto found = resolve("localhost").value();
  ASSERT_FALSE(found.empty());
  for (const auto& endpoint : found) EXPECT_TRUE(endpoint.address().is_loopback()) << endpoint;
  EXPECT_EQ(server.questions(), 0);
}

TEST_F(Resolve, names_of_etc_hosts_are_found_without_asking_anybody) {
  std::ifstream hosts("/etc/hosts");
  std::string address;
  std::string name;
  for (std::string line; std::getline(hosts, line) && name.empty();) {
    std::istringstream words(line.substr(0, line.find('#')));
    if (!(words >> address >> name) || name.find("localhost") != name.npos) name.clear();
  }
  if (name.empty()) GTEST_SKIP() << "/etc/hosts has no name but localhost";
  EXPECT_THAT(resolve(name.c_str()).value(), testing::Contains(at(address.c_str(), 22)));
  EXPECT_EQ(server.questions(), 0);
}

TEST_F(Resolve, every_address_of_a_name_is_returned) {
  EXPECT_THAT(resolve("db.test").value(), UnorderedElementsAre(at("192.0.2.1", 22), at("192.0.2.2", 22)));
}

TEST_F(Resolve, both_families_are_asked_for) {
  EXPECT_THAT(resolve("both.test").value(), UnorderedElementsAre(at("192.0.2.1", 22), at("2001:db8::1", 22)));
  EXPECT_THAT(resolve("v6.test").value(), ElementsAre(at("2001:db8::1", 22)));
}

TEST_F(Resolve, a_name_that_does_not_exist_is_not_found) {
  const auto found = resolve("nowhere.test");
  EXPECT_EQ(found.error().code, errc::name_not_found);
  EXPECT_EQ(found.error().detail, "nowhere.test");
  EXPECT_EQ(error_of(""), errc::name_not_found);
}

TEST_F(Resolve, a_name_without_addresses_has_none) { EXPECT_EQ(error_of("empty.test"), errc::no_address); }

TEST_F(Resolve, a_failing_name_server_is_named_as_such) {
  EXPECT_EQ(error_of("broken.test"), errc::name_server_failed);
  EXPECT_EQ(error_of("refused.test"), errc::name_server_failed);
}

// Which of the two depends on c-ares: old ones overlook some of the refusals and wait.
TEST_F(Resolve, a_name_server_that_is_not_there_has_failed_or_timed_out) {
  const Resolver lost({{closed_port()}, std::chrono::milliseconds(20)});
  EXPECT_THAT(run(io, lost.resolve({"db.test", 22}, soon())).error().code,
              AnyOf(Eq(errc::name_server_failed), Eq(errc::resolve_timed_out)));
}

TEST_F(Resolve, a_name_server_that_is_not_there_is_passed_over) {
  const HostPort good = server.options().servers.front();
  const Resolver second_chance({{closed_port(), good}, std::chrono::milliseconds(200)});
  EXPECT_TRUE(run(io, second_chance.resolve({"db.test", 22}, soon())));
}

TEST_F(Resolve, a_name_server_that_never_answers_is_given_up_before_the_deadline) {
  const Resolver hasty({server.options().servers, std::chrono::milliseconds(10)});
  EXPECT_EQ(run(io, hasty.resolve({"silent.test", 22}, soon())).error().code, errc::resolve_timed_out);
  EXPECT_GT(server.questions(), 2);  // asked again
}

TEST_F(Resolve, a_silent_name_server_costs_no_more_than_the_deadline) {
  const auto found = run(io, resolver.resolve({"silent.test", 22}, in(std::chrono::milliseconds(30))));
  EXPECT_EQ(found.error().code, errc::resolve_timed_out);
  EXPECT_GT(server.questions(), 0);
}

TEST_F(Resolve, a_deadline_in_the_past_matters_only_where_somebody_is_asked) {
  EXPECT_EQ(run(io, resolver.resolve({"db.test", 22}, in(std::chrono::milliseconds(-1)))).error().code,
            errc::resolve_timed_out);
  EXPECT_TRUE(run(io, resolver.resolve({"192.0.2.7", 22}, in(std::chrono::milliseconds(-1)))));
}

TEST_F(Resolve, can_be_cancelled_while_the_name_server_is_silent) {
  Running asking(io, resolver.resolve({"silent.test", 22}, soon()));
  asking.until_it_waits();
  asking.cancel();
  EXPECT_EQ(asking.result().error().code, asio::error::operation_aborted);
}

TEST_F(Resolve, can_be_cancelled_after_every_step) {
  int cancelled = 0;
  for (int steps = 1; steps < 16; ++steps) {
    Running asking(io, resolver.resolve({"both.test", 22}, soon()));
    io.restart();
    for (int step = 0; step < steps; ++step) io.poll_one();
    asking.cancel();
    const auto result = asking.result();
    if (result) continue;
    EXPECT_EQ(result.error().code, asio::error::operation_aborted) << steps;
    ++cancelled;
  }
  EXPECT_GT(cancelled, 1);
}

TEST_F(Resolve, the_resolver_may_go_after_its_questions_were_cancelled) {
  auto doomed = std::make_unique<Resolver>(server.options());
  Running asking(io, doomed->resolve({"silent.test", 22}, soon()));
  asking.until_it_waits();
  asking.cancel();
  EXPECT_FALSE(asking.result());
  doomed.reset();
  io.restart();
  io.poll();  // the handlers of the closed sockets find nobody to tell
}

TEST_F(Resolve, many_questions_are_asked_at_the_same_time) {
  Running first(io, resolver.resolve({"silent.test", 22}, soon()));
  Running second(io, resolver.resolve({"db.test", 22}, soon()));
  Running third(io, resolver.resolve({"nowhere.test", 22}, soon()));
  EXPECT_TRUE(second.result());
  EXPECT_FALSE(third.result());
  EXPECT_FALSE(first.ended());
  first.cancel();
  EXPECT_FALSE(first.result());
}

}  // namespace
}  // namespace towline::net
