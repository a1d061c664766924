#include "admin/door.hpp"

#include <gtest/gtest.h>

namespace towline::admin {
namespace {

Request with(std::string_view host, std::string_view origin) {
  return {.method = "POST", .target = "/quitquitquit", .accept = {}, .host = host, .origin = origin};
}

TEST(Door, on_loopback_is_for_requests_of_this_machine) {
  const struct {
    std::string_view host, origin;
    bool foreign_on_loopback, foreign_on_unix_socket;
  } rows[] = {
      {"localhost", "", false, false},
      {"localhost:9023", "", false, false},
      {"LOCALHOST", "", false, false},
      {"localhost.", "", false, false},
      {"LocalHost.:80", "", false, false},
      {"127.0.0.1", "", false, false},
      {"127.9.9.9:1", "", false, false},
      {"[::1]", "", false, false},
      {"[::1]:9023", "http://[::1]:9023", false, false},
      {"Box.example:9022", "", false, false},
      {"box.example.", "", false, false},
      {"localhost", "http://localhost:8080", false, false},
      {"localhost", "https://LOCALHOST", false, false},
      {"", "", false, false},
      {"evil.example", "", true, false},
      {"localhost.evil.example:9023", "", true, false},
      {"localhost..", "", true, false},
      {"evil.localhost", "", true, false},
      {"127.0.0.1.evil.example", "", true, false},
      {"127.0.0.1.nip.io", "", true, false},
      {"evil.box.example", "", true, false},
      {"10.0.0.1", "", true, false},
      {"0.0.0.0", "", true, false},
      {"0", "", true, false},
      {"127.1", "", true, false},
      {"2130706433", "", true, false},
      {"[::ffff:127.0.0.1]", "", true, false},
      {"user@localhost", "", true, false},
      {"localhost\tx", "", true, false},
      {"localhost, evil.example", "", true, false},
      {":9022", "", true, false},
      {".", "", true, false},
      {"localhost", "https://evil.example", true, true},
      {"localhost", "https://localhost.evil.example", true, true},
      {"localhost", "http://localhost@evil.example", true, true},
      {"localhost", "http://evil.example#@localhost", true, true},
      {"localhost", "null", true, true},
      {"localhost", "file://", true, true},
      {"localhost", "chrome-extension://abc", true, true},
      {"", "https://evil.example", true, true},
  };
  for (const auto& row : rows) {
    const auto request = with(row.host, row.origin);
    EXPECT_EQ(is_foreign(request, {Reach::loopback, "box.example"}), row.foreign_on_loopback)
        << row.host << ' ' << row.origin;
    EXPECT_EQ(is_foreign(request, {Reach::unix_socket}), row.foreign_on_unix_socket)
        << row.host << ' ' << row.origin;
  }
}

TEST(Door, that_others_reach_is_asked_under_any_name) {
  for (const auto* host : {"", "10.1.2.3:9022", "tunnel-towline.default.svc:9022", "localhost"}) {
    EXPECT_FALSE(is_foreign(with(host, "https://grafana.example"), {Reach::others, "0.0.0.0"})) << host;
  }
}

// Without a name of its own, no name is right.
TEST(Door, without_a_configured_name_has_none) {
  for (const auto* host : {".", "evil.example"})
    EXPECT_TRUE(is_foreign(with(host, ""), {Reach::loopback, ""})) << host;
}

TEST(Door, says_under_which_name_to_ask) {
  const auto response = refuse_foreign();
  EXPECT_EQ(response.status, 403U);
  EXPECT_NE(response.body.find("localhost or 127.0.0.1"), std::string::npos);
}

}  // namespace
}  // namespace towline::admin
