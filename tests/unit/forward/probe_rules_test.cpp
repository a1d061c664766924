#include "forward/probe_rules.hpp"

#include "async/task.hpp"
#include "ssh/wire/error.hpp"

#include <boost/asio/error.hpp>
#include <gtest/gtest.h>

#include <string>
#include <variant>

namespace towline::forward {
namespace {

using namespace std::chrono_literals;
using observe::ProbeFailure;
using ssh::errc;
using ssh::connection::DirectStreamlocal;
using ssh::connection::DirectTcpip;
using Kind = ProbeSpec::Kind;
using Change = ProbeTally::Change;

ForwardSpec probed(Mode mode, Kind kind = Kind::tcp) {
  ForwardSpec spec;
  spec.mode = mode;
  spec.connect = {"db", 5432};
  spec.probe = ProbeSpec{.kind = kind, .path = "/health"};
  return spec;
}

std::optional<ProbeFailure> failure_of(const std::optional<ProbeOutcome>& outcome) {
  return outcome ? outcome->failure : std::nullopt;
}

TEST(ProbeRules, only_what_has_a_target_is_probed) {
  EXPECT_TRUE(is_probed(probed(Mode::local)));
  EXPECT_TRUE(is_probed(probed(Mode::remote)));
  EXPECT_FALSE(is_probed(probed(Mode::dynamic)));
  EXPECT_FALSE(is_probed(ForwardSpec{}));
}

TEST(ProbeRules, a_local_forward_is_probed_at_its_target) {
  const auto request = probe_channel(probed(Mode::local), 40000);
  EXPECT_EQ(std::get<DirectTcpip>(request).target, (net::HostPort{"db", 5432}));
  auto spec = probed(Mode::local);
  spec.connect_path = "/run/db.sock";
  EXPECT_EQ(std::get<DirectStreamlocal>(probe_channel(spec, 0)).path, "/run/db.sock");
}

TEST(ProbeRules, a_remote_forward_is_probed_where_the_server_listens) {
  const std::pair<const char*, const char*> rows[] = {{"127.0.0.1", "127.0.0.1"}, {"localhost", "localhost"},
                                                      {"", "localhost"},          {"*", "localhost"},
                                                      {"0.0.0.0", "127.0.0.1"},   {"::", "::1"},
                                                      {"10.0.0.1", "10.0.0.1"}};
  for (const auto& [listen, asked] : rows) {
    auto spec = probed(Mode::remote);
    spec.listen.host = listen;
    EXPECT_EQ(std::get<DirectTcpip>(probe_channel(spec, 40000)).target, (net::HostPort{asked, 40000}))
        << listen;
  }
  auto spec = probed(Mode::remote);
  spec.listen_path = "/run/back.sock";
  EXPECT_EQ(std::get<DirectStreamlocal>(probe_channel(spec, 0)).path, "/run/back.sock");
}

TEST(ProbeRules, only_http_speaks_first) {
  EXPECT_EQ(probe_request(probed(Mode::local, Kind::tcp)), "");
  EXPECT_EQ(probe_request(probed(Mode::local, Kind::banner)), "");
  EXPECT_EQ(probe_request(probed(Mode::local, Kind::http)),
            "GET /health HTTP/1.1\r\nHost: db:5432\r\nUser-Agent: towline\r\nAccept: */*\r\n"
            "Connection: close\r\n\r\n");
}

TEST(ProbeRules, any_byte_is_a_banner) {
  const ProbeSpec banner{.kind = Kind::banner, .path = {}};
  EXPECT_EQ(judge_answer(banner, "", false), std::nullopt);
  EXPECT_EQ(judge_answer(banner, "S", false), ProbeOutcome{});
  EXPECT_EQ(failure_of(judge_answer(banner, "", true)), ProbeFailure::mismatch);
}

TEST(ProbeRules, an_http_status_is_judged) {
  struct Row {
    std::string received;
    bool ended;
    bool decided;
    std::optional<ProbeFailure> failure;
  };
  const Row rows[] = {{"HTTP/1.1 200 OK\r\n", false, true, {}},
                      {"HTTP/1.0 204", false, true, {}},
                      {"HTTP/1.1 302 Found", false, true, {}},
                      {"HTTP/1.1 404 Not Found", false, true, ProbeFailure::http_status},
                      {"HTTP/1.1 503", true, true, ProbeFailure::http_status},
                      {"HTTP/1.1 101 x", false, true, ProbeFailure::http_status},
                      {"", false, false, {}},
                      {"HTTP/1.1 20", false, false, {}},
                      {"HTTP/1.1 20", true, true, ProbeFailure::mismatch},
                      {"", true, true, ProbeFailure::mismatch},
                      {"SSH-2.0-OpenSSH", false, true, ProbeFailure::mismatch},
                      {"H", false, false, {}},
                      {"HTTP/1.1 2x0", false, true, ProbeFailure::mismatch},
                      {"\x15\x03\x01", false, true, ProbeFailure::tls},
                      {"\x16", false, true, ProbeFailure::tls}};
  const ProbeSpec http{.kind = Kind::http, .path = "/"};
  for (const auto& row : rows) {
    const auto outcome = judge_answer(http, row.received, row.ended);
    EXPECT_EQ(outcome.has_value(), row.decided) << row.received;
    EXPECT_EQ(failure_of(outcome), row.failure) << row.received;
  }
}

TEST(ProbeRules, a_refused_channel_is_the_targets_fault_or_the_servers_or_nobodys) {
  const auto judged = [](Mode mode, const error_code& code) {
    return failure_of(judge_refusal(probed(mode), Failure(code)));
  };
  EXPECT_EQ(judged(Mode::local, errc::open_connect_failed), ProbeFailure::connect);
  EXPECT_EQ(judged(Mode::remote, errc::open_connect_failed), ProbeFailure::connect);
  EXPECT_EQ(judged(Mode::remote, errc::open_resource_shortage), ProbeFailure::connect);
  EXPECT_EQ(judged(Mode::local, errc::open_timeout), ProbeFailure::timeout);
  EXPECT_EQ(judged(Mode::remote, errc::open_administratively_prohibited), ProbeFailure::prohibited);
  EXPECT_EQ(judged(Mode::remote, errc::open_unknown_channel_type), ProbeFailure::prohibited);
  EXPECT_EQ(judged(Mode::local, errc::open_administratively_prohibited), ProbeFailure::connect);
  for (const error_code code : {error_code(errc::peer_closed), error_code(errc::session_closed),
                                error_code(asio::error::operation_aborted)})
    EXPECT_EQ(judge_refusal(probed(Mode::remote), Failure(code)), std::nullopt) << code.message();
}

TEST(ProbeRules, every_failure_has_a_hint) {
  for (const auto mode : {Mode::local, Mode::remote}) {
    for (const auto failure : observe::all<ProbeFailure>())
      EXPECT_FALSE(probe_hint(probed(mode), failure).empty()) << to_string(failure);
  }
}

TEST(ProbeTally, the_third_failure_in_a_row_degrades_and_the_next_success_cures) {
  const ProbeOutcome good;
  const ProbeOutcome bad{ProbeFailure::connect, {}};
  ProbeTally tally;
  EXPECT_EQ(tally.add(bad), Change::none);
  EXPECT_EQ(tally.add(bad), Change::none);
  EXPECT_EQ(tally.add(good), Change::none);
  EXPECT_EQ(tally.add(bad), Change::none);
  EXPECT_EQ(tally.add(bad), Change::none);
  EXPECT_EQ(tally.add(bad), Change::degraded);
  EXPECT_EQ(tally.add(bad), Change::none);
  EXPECT_EQ(tally.add(good), Change::recovered);
  EXPECT_EQ(tally.add(good), Change::none);
}

TEST(ProbeTimeout, is_the_interval_and_ten_seconds_at_most) {
  EXPECT_EQ(probe_timeout({}), 10s);
  for (const auto& [interval, timeout] :
       {std::pair{1s, 1s}, {9s, 9s}, {10s, 10s}, {11s, 10s}, {3600s, 10s}}) {
    EXPECT_EQ(probe_timeout({.kind = Kind::tcp, .path = {}, .interval = interval}), timeout);
  }
}

TEST(ProbeTally, a_probe_that_the_server_forbids_counts_for_nothing) {
  const ProbeOutcome forbidden{ProbeFailure::prohibited, {}};
  ProbeTally tally;
  for (int i = 0; i < 5; ++i) EXPECT_EQ(tally.add(forbidden), Change::none);
  EXPECT_EQ(tally.failures(), 0);
}

TEST(ProbeTally, a_failure_is_confirmed_sooner_than_the_interval) {
  const ProbeSpec slow{.kind = Kind::tcp, .path = {}, .interval = 30s};
  const ProbeSpec fast{.kind = Kind::tcp, .path = {}, .interval = 1s};
  ProbeTally tally;
  EXPECT_EQ(tally.pause(slow), 30s);
  tally.add({ProbeFailure::connect, {}});
  EXPECT_EQ(tally.pause(slow), 5s);
  EXPECT_EQ(tally.pause(fast), 1s);
}

struct WayBack {
  CameBack back;
  bool heard;
  std::optional<ProbeFailure> seen;  // nothing: success
  std::optional<ProbeFailure> confirmed;
};

TEST(ProbeRules, an_answer_of_r_counts_only_if_the_connection_came_back) {
  constexpr CameBack nothing{};
  constexpr CameBack arrived{.arrived = true};
  constexpr CameBack full{.arrived = true, .turned_away = ProbeFailure::limit};
  constexpr CameBack joined{.arrived = true, .joined = true};
  const WayBack rows[] = {
      {joined, true, {}, {}},
      {joined, false, {}, {}},
      {joined, true, ProbeFailure::mismatch, ProbeFailure::mismatch},
      {joined, false, ProbeFailure::timeout, ProbeFailure::timeout},
      {nothing, true, {}, ProbeFailure::stranger},
      {nothing, true, ProbeFailure::mismatch, ProbeFailure::stranger},
      {nothing, true, ProbeFailure::http_status, ProbeFailure::stranger},
      {nothing, false, ProbeFailure::timeout, ProbeFailure::stranger},
      {nothing, false, ProbeFailure::connect, ProbeFailure::connect},  // refused by the server, or by us
      {arrived, true, {}, ProbeFailure::stranger},  // the one that arrived has no target to speak for it
      {arrived, false, ProbeFailure::timeout, ProbeFailure::timeout},  // the target is still being connected
      {arrived, false, ProbeFailure::connect, ProbeFailure::connect},
      {full, false, ProbeFailure::connect, ProbeFailure::limit},
      {full, false, ProbeFailure::timeout, ProbeFailure::timeout},
  };
  for (const auto& row : rows) {
    const ProbeOutcome seen{row.seen, "as seen"};
    EXPECT_EQ(confirm(probed(Mode::remote), row.back, row.heard, seen).failure, row.confirmed)
        << "row " << &row - rows;
    EXPECT_EQ(confirm(probed(Mode::local), row.back, row.heard, seen).failure, row.seen);
  }
}

}  // namespace
}  // namespace towline::forward
