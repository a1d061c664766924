#include "observe/metrics.hpp"

#include "unit/observe/sample_facts.hpp"

#include <gtest/gtest.h>

#include <set>
#include <sstream>

namespace towline::observe {
namespace {

const BuildInfo build{.version = "1.2.3", .revision = "abc", .libssh2 = "1.11.1", .crypto = "OpenSSL 3.0"};

std::set<std::string> family_names(const std::string& text) {
  std::set<std::string> names;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string hash, keyword, name;
    words >> hash >> keyword >> name;
    if (hash == "#" && keyword == "TYPE") names.insert(name);
  }
  return names;
}

TEST(Metrics, every_series_of_the_list_exists_from_the_start) {
  const Metrics metrics(build, {sample_traits("db")}, Log(Options{}));
  ForwardFacts forward = sample_forward("db", ForwardState::up);
  change(forward, [](ForwardStatus& status) { status.session = SessionInfo{}; });
  const auto names = family_names(metrics.expose(sample_facts({forward}), Exposition::text_0_0_4));
  for (const char* name : {"towline_build_info",
                           "towline_ready",
                           "towline_draining",
                           "towline_forward_info",
                           "towline_forward_up",
                           "towline_forward_state",
                           "towline_forward_required",
                           "towline_forward_state_change_timestamp_seconds",
                           "towline_forward_up_timestamp_seconds",
                           "towline_forward_flaps_total",
                           "towline_forward_bound_port",
                           "towline_forward_host_key_verified",
                           "towline_ssh_connect_attempts_total",
                           "towline_ssh_connect_failures_total",
                           "towline_ssh_reconnects_total",
                           "towline_ssh_disconnects_total",
                           "towline_ssh_connect_duration_seconds",
                           "towline_ssh_backoff_seconds",
                           "towline_ssh_next_attempt_timestamp_seconds",
                           "towline_ssh_consecutive_failures",
                           "towline_ssh_keepalives_sent_total",
                           "towline_ssh_keepalives_missed_total",
                           "towline_ssh_rtt_seconds",
                           "towline_ssh_last_received_timestamp_seconds",
                           "towline_ssh_session_info",
                           "towline_forward_setup_attempts_total",
                           "towline_forward_setup_failures_total",
                           "towline_connections_opened_total",
                           "towline_connections_failed_total",
                           "towline_connections_active",
                           "towline_connections_limit",
                           "towline_connections_aborted_total",
                           "towline_connection_open_duration_seconds",
                           "towline_connection_duration_seconds",
                           "towline_received_bytes_total",
                           "towline_sent_bytes_total",
                           "towline_backpressure_seconds_total",
                           "towline_log_messages_total",
                           "towline_log_messages_dropped_total",
                           "towline_log_suppressed_total",
                           "towline_event_loop_lag_seconds",
                           "towline_http_requests_total",
                           "process_cpu_seconds_total",
                           "process_open_fds"}) {
    EXPECT_TRUE(names.contains(name)) << name;
  }
}

TEST(Metrics, both_expositions_are_the_same_families_in_order) {
  const Metrics metrics(build, {sample_traits("b"), sample_traits("a")}, Log(Options{}));
  const Facts facts =
      sample_facts({sample_forward("b", ForwardState::up), sample_forward("a", ForwardState::up)});
  const std::string text = metrics.expose(facts, Exposition::text_0_0_4);
  const std::string open = metrics.expose(facts, Exposition::openmetrics_1_0_0);
  EXPECT_EQ(family_names(text).size(), family_names(open).size());
  EXPECT_LT(text.find("attempts_total{forward=\"a\"}"), text.find("attempts_total{forward=\"b\"}"));
  EXPECT_TRUE(open.ends_with("\n# EOF\n"));
}

TEST(Metrics, totals_are_those_of_all_forwards) {
  Metrics metrics(build, {sample_traits("a"), sample_traits("b")}, Log(Options{}));
  metrics.forward("a").connection_opened(1ms);
  metrics.forward("b").connection_opened(1ms);
  metrics.forward("b").connection_closed(1s);
  metrics.forward("b").connection_failed(ConnectionFailure::limit);
  metrics.forward("a").bytes_received(3);
  metrics.forward("b").bytes_received(4);
  metrics.forward("b").bytes_sent(5);
  const ForwardTotals totals = metrics.totals();
  EXPECT_EQ(totals.connections_opened, 2U);
  EXPECT_EQ(totals.connections_active, 1U);
  EXPECT_EQ(totals.connections_failed, 1U);
  EXPECT_EQ(totals.received_bytes, 7U);
  EXPECT_EQ(totals.sent_bytes, 5U);
}

TEST(Metrics, log_lines_and_http_answers_are_counted) {
  const Log log(Options{}, [](std::string_view) {});
  Metrics metrics(build, {}, log);
  log.with({{"forward", "db"}}).warn("x", "y");
  metrics.http_answered(HttpHandler::readyz, 503);
  metrics.http_answered(HttpHandler::readyz, 999);
  metrics.loop_lagged(2ms);
  const std::string text = metrics.expose(Facts{}, Exposition::text_0_0_4);
  EXPECT_NE(text.find("towline_log_messages_total{level=\"warn\"} 1\n"), std::string::npos);
  EXPECT_NE(text.find("towline_log_messages_total{level=\"error\"} 0\n"), std::string::npos);
  EXPECT_NE(text.find("towline_http_requests_total{code=\"503\",handler=\"readyz\"} 1\n"), std::string::npos);
  EXPECT_NE(text.find("towline_http_requests_total{code=\"200\",handler=\"livez\"} 0\n"), std::string::npos);
  EXPECT_EQ(text.find("code=\"999\""), std::string::npos);
  EXPECT_NE(text.find("towline_event_loop_lag_seconds_count 1\n"), std::string::npos);
  EXPECT_NE(text.find("towline_build_info{crypto=\"OpenSSL "
                      "3.0\",libssh2=\"1.11.1\",revision=\"abc\",version=\"1.2.3\"} 1\n"),
            std::string::npos);
}

}  // namespace
}  // namespace towline::observe
