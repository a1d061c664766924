#include "observe/forward_metrics.hpp"

#include "observe/metrics.hpp"
#include "unit/observe/sample_facts.hpp"

#include <gtest/gtest.h>

namespace towline::observe {
namespace {

class ForwardMetricsTest : public testing::Test {
 protected:
  void expect_line(const std::string& line) {
    const std::string text = metrics_.expose(Facts{}, Exposition::text_0_0_4);
    EXPECT_NE(text.find("\n" + line + "\n"), std::string::npos) << line;
  }

  Metrics metrics_{BuildInfo{}, {sample_traits("db"), sample_traits("cache")}, Log(Options{})};
  ForwardMetrics& db_ = metrics_.forward("db");
};

TEST_F(ForwardMetricsTest, counts_for_its_own_forward_only) {
  db_.connect_attempted();
  db_.connect_failed(ConnectFailure::host_key);
  expect_line("towline_ssh_connect_attempts_total{forward=\"db\"} 1");
  expect_line("towline_ssh_connect_attempts_total{forward=\"cache\"} 0");
  expect_line("towline_ssh_connect_failures_total{forward=\"db\",reason=\"host_key\"} 1");
  expect_line("towline_ssh_connect_failures_total{forward=\"db\",reason=\"auth\"} 0");
}

TEST_F(ForwardMetricsTest, the_first_session_is_not_a_reconnect) {
  const ConnectDurations took{.dns = 20ms, .tcp = 30ms, .handshake = 100ms, .auth = 2s};
  db_.session_up(took);
  expect_line("towline_ssh_reconnects_total{forward=\"db\"} 0");
  db_.session_ended(Disconnect::rx_timeout);
  db_.session_up(took);
  expect_line("towline_ssh_reconnects_total{forward=\"db\"} 1");
  expect_line("towline_ssh_disconnects_total{forward=\"db\",reason=\"rx_timeout\"} 1");
  expect_line("towline_ssh_connect_duration_seconds_bucket{forward=\"db\",phase=\"dns\",le=\"0.025\"} 2");
  expect_line("towline_ssh_connect_duration_seconds_sum{forward=\"db\",phase=\"auth\"} 4");
  expect_line("towline_ssh_connect_duration_seconds_count{forward=\"db\",phase=\"forward\"} 0");
}

TEST_F(ForwardMetricsTest, a_connection_is_active_from_opened_to_closed_or_aborted) {
  db_.connection_opened(10ms);
  db_.connection_opened(10ms);
  db_.connection_opened(10ms);
  db_.connection_failed(ConnectionFailure::target_refused);
  expect_line("towline_connections_active{forward=\"db\"} 3");
  db_.connection_closed(5s);
  db_.connection_aborted(ConnectionAborted::session_lost, 70s);
  expect_line("towline_connections_active{forward=\"db\"} 1");
  expect_line("towline_connections_opened_total{forward=\"db\"} 3");
  expect_line("towline_connections_failed_total{forward=\"db\",reason=\"target_refused\"} 1");
  expect_line("towline_connections_aborted_total{forward=\"db\",reason=\"session_lost\"} 1");
  expect_line("towline_connection_duration_seconds_sum{forward=\"db\"} 75");
  expect_line("towline_connection_open_duration_seconds_count{forward=\"db\"} 3");
}

TEST_F(ForwardMetricsTest, a_connection_waits_while_it_has_a_place_and_is_not_joined) {
  db_.place_taken();
  db_.place_taken();
  expect_line("towline_connections_waiting{forward=\"db\"} 2");
  db_.connection_opened(10ms);
  expect_line("towline_connections_waiting{forward=\"db\"} 1");
  EXPECT_EQ(db_.totals().connections_waiting, 1U);
  db_.connection_closed(5s);
  db_.place_left();
  db_.place_left();
  expect_line("towline_connections_waiting{forward=\"db\"} 0");
}

TEST_F(ForwardMetricsTest, bytes_are_counted_exactly) {
  db_.bytes_received(1ULL << 40);
  db_.bytes_received(1);
  db_.bytes_sent(32'768);
  EXPECT_EQ(db_.totals().received_bytes, (1ULL << 40) + 1);
  expect_line("towline_sent_bytes_total{forward=\"db\"} 32768");
  expect_line("towline_received_bytes_total{forward=\"db\"} 1099511627777");
}

TEST_F(ForwardMetricsTest, the_other_verbs_move_their_series) {
  db_.keepalive_sent();
  db_.keepalive_missed();
  db_.round_trip(3ms);
  db_.setup_attempted();
  db_.setup_succeeded(50ms);
  db_.setup_failed(SetupFailure::port_in_use);
  db_.backpressured(1500ms);
  expect_line("towline_ssh_keepalives_sent_total{forward=\"db\"} 1");
  expect_line("towline_ssh_keepalives_missed_total{forward=\"db\"} 1");
  expect_line("towline_ssh_rtt_seconds_bucket{forward=\"db\",le=\"0.005\"} 1");
  expect_line("towline_forward_setup_attempts_total{forward=\"db\"} 1");
  expect_line("towline_forward_setup_failures_total{forward=\"db\",reason=\"port_in_use\"} 1");
  expect_line("towline_ssh_connect_duration_seconds_count{forward=\"db\",phase=\"forward\"} 1");
  expect_line("towline_backpressure_seconds_total{forward=\"db\"} 1.5");
}

TEST_F(ForwardMetricsTest, totals_add_up_the_reasons) {
  db_.connection_failed(ConnectionFailure::limit);
  db_.connection_failed(ConnectionFailure::target_dns);
  db_.connection_opened(1ms);
  db_.connection_aborted(ConnectionAborted::client_reset, 1s);
  const ForwardTotals totals = db_.totals();
  EXPECT_EQ(totals.connections_failed, 2U);
  EXPECT_EQ(totals.connections_aborted, 1U);
  EXPECT_EQ(totals.connections_opened, 1U);
  EXPECT_EQ(totals.connections_active, 0U);
}

}  // namespace
}  // namespace towline::observe
