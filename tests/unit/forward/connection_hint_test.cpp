#include "forward/connection_hint.hpp"

#include <gtest/gtest.h>

namespace towline::forward {
namespace {

using observe::ConnectionFailure;

TEST(ConnectionHint, every_reason_but_the_reserved_ones_has_one) {
  for (const auto reason : observe::all<ConnectionFailure>()) {
    const bool reserved = reason == ConnectionFailure::draining || reason == ConnectionFailure::rate;
    EXPECT_EQ(connection_hint(reason, Mode::remote).empty(), reserved) << to_string(reason);
    EXPECT_EQ(connection_hint(reason, Mode::local).empty(), reserved) << to_string(reason);
  }
}

TEST(ConnectionHint, a_limit_says_which_and_what_to_raise) {
  EXPECT_NE(limit_hint(Limit::connections).find("TOWLINE_MAX_CONNECTIONS"), std::string::npos);
  EXPECT_NE(limit_hint(Limit::descriptors).find("ulimit -n"), std::string::npos);
  EXPECT_EQ(limit_hint(Limit::descriptors).find("TOWLINE_MAX_CONNECTIONS"), std::string::npos);
}

TEST(ConnectionHint, a_timeout_is_on_the_way_from_where_the_target_is_connected) {
  EXPECT_NE(connection_hint(ConnectionFailure::target_timeout, Mode::remote).find("between here"),
            std::string_view::npos);
  EXPECT_NE(connection_hint(ConnectionFailure::target_timeout, Mode::local).find("between the server"),
            std::string_view::npos);
}

}  // namespace
}  // namespace towline::forward
