#include "net/resolve.hpp"

#include "net/error.hpp"
#include "net/resolv_conf.hpp"
#include "unit/net/drive.hpp"
#include "unit/net/name_server.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <unistd.h>

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

constexpr auto resolver_timeout = ResolvConf{}.timeout;

struct Resolve : testing::Test {
  asio::io_context io;
  NameServer server{io,
                    {{"db.test", {Says::addresses, {"192.0.2.1", "192.0.2.2"}}},
                     {"v6.test", {Says::addresses, {"2001:db8::1"}}},
                     {"both.test", {Says::addresses, {"192.0.2.1", "2001:db8::1"}}},
                     {"empty.test", {Says::addresses, {}}},
                     {"broken.test", {Says::server_failure, {}}},
                     {"refused.test", {Says::refused, {}}},
                     {"silent.test", {Says::nothing, {}}},
                     {"v4.test", {Says::addresses, {"192.0.2.1"}, Says::nothing}},
                     {"slow.test", {Says::addresses, {"192.0.2.1", "2001:db8::1"}, Says::later}}}};
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

// RFC 6761, 6.3: whatever /etc/hosts says, or if there is none, as in a chroot.
TEST_F(Resolve, names_below_localhost_are_the_loopback_without_asking_anybody) {
  for (const auto* name : {"db.localhost", "DB.LocalHost."}) {
    const auto found = resolve(name);
    ASSERT_TRUE(found) << name << ": " << found.error().message();
    for (const auto& endpoint : *found) EXPECT_TRUE(endpoint.address().is_loopback()) << endpoint;
    EXPECT_EQ(found->size(), 2U);
  }
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
  const Resolver lost({{closed_port()}, std::chrono::milliseconds(20), {}, "/dev/null"});
  EXPECT_THAT(run(io, lost.resolve({"db.test", 22}, soon())).error().code,
              AnyOf(Eq(errc::name_server_failed), Eq(errc::resolve_timed_out)));
}

TEST_F(Resolve, a_name_server_that_is_not_there_is_passed_over) {
  const Resolver second_chance(
      {{closed_port(), server.where()}, std::chrono::milliseconds(200), {}, "/dev/null"});
  EXPECT_TRUE(run(io, second_chance.resolve({"db.test", 22}, soon())));
}

TEST_F(Resolve, a_name_server_that_never_answers_is_given_up_before_the_deadline) {
  const Resolver hasty({{server.where()}, std::chrono::milliseconds(10), {}, "/dev/null"});
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

TEST_F(Resolve, a_family_that_is_never_answered_for_holds_nobody_up) {
  const auto began = std::chrono::steady_clock::now();
  EXPECT_THAT(resolve("v4.test").value(), ElementsAre(at("192.0.2.1", 22)));
  EXPECT_LT(std::chrono::steady_clock::now() - began, resolver_timeout) << "not one timeout is waited for";
}

TEST_F(Resolve, a_family_that_is_answered_for_later_can_be_had_later) {
  auto lookup = resolver.look_up(io.get_executor(), {"slow.test", 22});
  EXPECT_THAT(run(io, lookup.first(soon())).value(), ElementsAre(at("192.0.2.1", 22)));
  EXPECT_TRUE(lookup.may_grow());
  EXPECT_THAT(lookup.take_late(), testing::IsEmpty());
  bool told = false;
  lookup.when_changed([&] { told = !lookup.may_grow(); });
  server.answer_later();
  io.restart();
  while (!told) io.run_one();
  EXPECT_THAT(lookup.take_late(), ElementsAre(at("2001:db8::1", 22)));
  EXPECT_THAT(lookup.take_late(), testing::IsEmpty()) << "once";
}

struct OneFamily {
  const char* says;
  NameServer::Name name;
  std::vector<const char*> found;  // none: `error`
  errc error{};
};

// What a name server may say of one family, and what is found then.
TEST(ResolveFamilies, the_family_with_addresses_counts_whatever_is_said_of_the_other) {
  const std::vector<OneFamily> table{
      {"no address", {Says::addresses, {"192.0.2.1"}}, {"192.0.2.1"}},
      {"failure", {Says::addresses, {"192.0.2.1"}, Says::server_failure}, {"192.0.2.1"}},
      {"refusal", {Says::addresses, {"192.0.2.1"}, Says::refused}, {"192.0.2.1"}},
      {"no such name", {Says::addresses, {"192.0.2.1"}, Says::no_such_name}, {"192.0.2.1"}},
      {"nothing", {Says::addresses, {"192.0.2.1"}, Says::nothing}, {"192.0.2.1"}},
      {"failure of IPv4", {Says::server_failure, {"2001:db8::1"}, Says::addresses}, {"2001:db8::1"}},
      {"nothing of IPv4", {Says::nothing, {"2001:db8::1"}, Says::addresses}, {"2001:db8::1"}},
      {"refusal of both", {Says::refused, {}}, {}, errc::name_server_failed},
      {"failure, and no address", {Says::addresses, {}, Says::server_failure}, {}, errc::name_server_failed},
      {"no such name, and nothing", {Says::no_such_name, {}, Says::nothing}, {}, errc::name_not_found},
  };
  for (const auto& row : table) {
    asio::io_context io;
    NameServer server(io, {{"a.test", row.name}});
    const Resolver resolver(server.options());
    const auto result = run(io, resolver.resolve({"a.test", 22}, soon()));
    ASSERT_EQ(result.has_value(), !row.found.empty()) << row.says;
    if (!result) EXPECT_EQ(result.error().code, row.error) << row.says;
    if (!result) continue;
    ASSERT_EQ(result->size(), row.found.size()) << row.says;
    EXPECT_EQ(result->front(), at(row.found.front(), 22)) << row.says;
  }
}

// A resolv.conf of the test's own; the name servers are given by address and port.
struct ResolveOptionsOf : Resolve {
  std::string path = testing::TempDir() + "towline-resolv-" + std::to_string(::getpid()) + ".conf";
  ~ResolveOptionsOf() override { std::filesystem::remove(path); }

  ResolveOptions with(const std::string& text) {
    std::ofstream(path) << text;
    auto options = server.options();
    options.resolv_conf = path;
    return options;
  }
  Result<Endpoints> resolve_with(const ResolveOptions& options, const char* host) {
    const Resolver asked(options);
    return run(io, asked.resolve({host, 22}, soon()));
  }
};

TEST_F(ResolveOptionsOf, one_family_is_asked_for_alone) {
  auto options = server.options();
  options.family = AddressFamily::inet;
  EXPECT_THAT(resolve_with(options, "both.test").value(), ElementsAre(at("192.0.2.1", 22)));
  options.family = AddressFamily::inet6;
  EXPECT_THAT(resolve_with(options, "both.test").value(), ElementsAre(at("2001:db8::1", 22)));
  EXPECT_THAT(server.asked(), ElementsAre("both.test A", "both.test AAAA"));
}

TEST_F(ResolveOptionsOf, no_aaaa_asks_for_ipv4_only) {
  EXPECT_TRUE(resolve_with(with("options no-aaaa\n"), "both.test"));
  EXPECT_THAT(server.asked(), ElementsAre("both.test A"));
  auto options = with("options no-aaaa\n");
  options.family = AddressFamily::inet6;
  EXPECT_EQ(resolve_with(options, "both.test").error().code, errc::no_address);
}

TEST_F(ResolveOptionsOf, single_request_asks_for_ipv6_after_the_answer_for_ipv4) {
  const Resolver resolver(with("options single-request\n"));
  Running asking(io, resolver.resolve({"silent.test", 22}, soon()));
  while (server.questions() == 0) {
    io.restart();
    io.run_one();
  }
  asking.until_it_waits();
  EXPECT_THAT(server.asked(), ElementsAre("silent.test A"));
  asking.cancel();
  asking.result();
  EXPECT_THAT(run(io, resolver.resolve({"both.test", 22}, soon())).value(), testing::SizeIs(2));
}

TEST_F(ResolveOptionsOf, names_are_searched_for_as_kubernetes_wants_it) {
  const auto options = with("search ns.svc.test svc.test test\noptions ndots:5\n");
  EXPECT_THAT(resolve_with(options, "db").value(), testing::SizeIs(2));
  EXPECT_THAT(server.asked(), UnorderedElementsAre("db.ns.svc.test A", "db.ns.svc.test AAAA", "db.svc.test A",
                                                   "db.svc.test AAAA", "db.test A", "db.test AAAA"));
}

TEST_F(ResolveOptionsOf, both_families_are_of_the_same_name) {
  NameServer other(io, {{"a.one.test", {Says::addresses, {"192.0.2.1"}}},
                        {"a.two.test", {Says::addresses, {"192.0.2.2", "2001:db8::2"}}}});
  auto options = with("search one.test two.test\n");
  options.servers = {other.where()};
  EXPECT_THAT(resolve_with(options, "a").value(), ElementsAre(at("192.0.2.1", 22)));
}

TEST_F(ResolveOptionsOf, a_search_does_not_end_at_a_name_that_the_server_fails_for) {
  EXPECT_TRUE(resolve_with(with("search broken.test test\n"), "db"));
  NameServer failing(
      io, {{"db.fails.test", {Says::server_failure, {}}}, {"db.test", {Says::addresses, {"192.0.2.1"}}}});
  auto options = with("search fails.test test\n");
  options.servers = {failing.where()};
  EXPECT_TRUE(resolve_with(options, "db"));
}

TEST_F(ResolveOptionsOf, a_silent_server_is_waited_for_once_in_a_search) {
  NameServer silent(io, {{"db.a.test", {Says::nothing, {}}}});
  auto options = with("search a.test b.test c.test test\noptions ndots:5\n");
  options.servers = {silent.where(), server.where()};
  options.server_timeout = std::chrono::milliseconds(20);
  EXPECT_TRUE(resolve_with(options, "db"));
  EXPECT_THAT(silent.asked(), UnorderedElementsAre("db.a.test A", "db.a.test AAAA"));
}

TEST_F(ResolveOptionsOf, attempts_and_timeout_bound_the_wait) {
  auto options = with("options attempts:1\n");
  options.server_timeout = std::chrono::milliseconds(200);
  EXPECT_EQ(resolve_with(options, "silent.test").error().code, errc::resolve_timed_out);
  EXPECT_THAT(server.asked(), UnorderedElementsAre("silent.test A", "silent.test AAAA"));
}

TEST_F(ResolveOptionsOf, rotate_begins_with_another_server_each_time) {
  NameServer second(io, {{"db.test", {Says::addresses, {"192.0.2.1"}}}});
  auto options = with("options rotate no-aaaa\n");
  options.servers = {server.where(), second.where()};
  const Resolver turning(options);
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(run(io, turning.resolve({"db.test", 22}, soon())));
  EXPECT_EQ(server.questions(), 2);
  EXPECT_EQ(second.questions(), 2);
}

TEST_F(ResolveOptionsOf, half_of_the_time_is_left_for_connecting) {
  NameServer silent(io, {{"db.test", {Says::nothing, {}}}});
  auto options = with("options timeout:30 attempts:5\n");
  options.servers = {silent.where(), silent.where(), server.where()};
  const Resolver patient(options);
  const auto deadline = in(std::chrono::seconds(3));
  EXPECT_TRUE(run(io, patient.resolve({"db.test", 22}, deadline))) << "the third server is asked in time";
  EXPECT_LT(std::chrono::steady_clock::now(), deadline - std::chrono::seconds(1));
}

TEST_F(Resolve, without_a_descriptor_nobody_is_asked_and_no_name_server_is_to_blame) {
  Descriptors none(0);
  auto options = server.options();
  options.descriptors = &none;
  const Resolver poor(options);
  const auto found = run(io, poor.resolve({"db.test", 22}, in(std::chrono::milliseconds(30))));
  ASSERT_FALSE(found);
  EXPECT_TRUE(is_resource_shortage(found.error().code)) << found.error().message();
  EXPECT_EQ(found.error().detail, "db.test");
  EXPECT_TRUE(run(io, poor.resolve({"192.0.2.7", 22}, soon())));
  EXPECT_EQ(server.questions(), 0);
}

TEST_F(Resolve, a_descriptor_is_waited_for) {
  Descriptors one(1);
  auto options = server.options();
  options.descriptors = &one;
  const Resolver poor(options);
  auto taken = one.take();
  Running asking(io, poor.resolve({"db.test", 22}, soon()));
  asking.until_it_waits();
  EXPECT_FALSE(asking.ended());
  taken.reset();
  EXPECT_TRUE(asking.result());
}

TEST_F(Resolve, one_descriptor_is_taken_for_each_family_and_given_back) {
  Descriptors two(2);
  auto options = server.options();
  options.descriptors = &two;
  const Resolver counted(options);
  EXPECT_EQ(run(io, counted.resolve({"both.test", 22}, soon())).value().size(), 2U);
  EXPECT_EQ(two.taken(), 0U);
  const auto other = two.take();
  EXPECT_THAT(run(io, counted.resolve({"both.test", 22}, soon())).value(), ElementsAre(at("192.0.2.1", 22)));
}

}  // namespace
}  // namespace towline::net
