#include "observe/reasons.hpp"

#include <gtest/gtest.h>

#include <set>

namespace towline::observe {
namespace {

template <Labelled E>
void expect_distinct(E last) {
  const auto values = all<E>();
  std::set<std::string_view> labels;
  for (const E value : values) labels.insert(to_string(value));
  EXPECT_EQ(labels.size(), values.size());
  EXPECT_EQ(static_cast<std::size_t>(last) + 1, values.size());
}

TEST(Reasons, every_set_has_one_label_for_each_enumerator) {
  expect_distinct(ForwardState::stopped);
  expect_distinct(ConnectFailure::internal);
  expect_distinct(Disconnect::resource_shortage);
  expect_distinct(SetupFailure::resource_shortage);
  expect_distinct(ConnectionFailure::resource_shortage);
  expect_distinct(ConnectionAborted::drain_timeout);
  expect_distinct(ProbeFailure::resource_shortage);
  expect_distinct(UnmatchedChannel::limit);
  expect_distinct(ConnectPhase::forward);
  expect_distinct(HttpHandler::other);
}

TEST(Reasons, labels_match_their_enumerators) {
  EXPECT_EQ(to_string(ForwardState::degraded), "degraded");
  EXPECT_EQ(to_string(ConnectFailure::host_key), "host_key");
  EXPECT_EQ(to_string(Disconnect::rx_timeout), "rx_timeout");
  EXPECT_EQ(to_string(Disconnect::config_reload), "config_reload");
  EXPECT_EQ(to_string(SetupFailure::port_in_use), "port_in_use");
  EXPECT_EQ(to_string(ConnectionFailure::target_dns), "target_dns");
  EXPECT_EQ(to_string(ConnectionAborted::idle_timeout), "idle_timeout");
  EXPECT_EQ(to_string(ProbeFailure::http_status), "http_status");
  EXPECT_EQ(to_string(ConnectFailure::resource_shortage), "resource_shortage");
  EXPECT_EQ(to_string(Disconnect::resource_shortage), "resource_shortage");
  EXPECT_EQ(to_string(ConnectionFailure::client_reset), "client_reset");
  EXPECT_EQ(to_string(ProbeFailure::resource_shortage), "resource_shortage");
}

TEST(Reasons, a_reason_is_a_word_of_any_set_or_none) {
  EXPECT_FALSE(Reason());
  EXPECT_TRUE(Reason(ConnectFailure::auth));
  EXPECT_EQ(Reason(ConnectFailure::auth).label(), "auth");
  EXPECT_NE(Reason(ConnectFailure::auth), Reason(SetupFailure::denied));
}

}  // namespace
}  // namespace towline::observe
