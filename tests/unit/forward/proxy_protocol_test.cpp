#include "forward/proxy_protocol.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace towline::forward {
namespace {

using namespace std::string_view_literals;
using net::HostPort;

const HostPort client{"203.0.113.9", 51234};
const HostPort client6{"2001:db8::9", 51234};

TEST(ProxyProtocol, v1_names_both_ends) {
  EXPECT_EQ(proxy_header(ProxyProtocol::v1, client, {"198.51.100.2", 443}),
            "PROXY TCP4 203.0.113.9 198.51.100.2 51234 443\r\n");
  EXPECT_EQ(proxy_header(ProxyProtocol::v1, client6, {"2001:db8::1", 443}),
            "PROXY TCP6 2001:db8::9 2001:db8::1 51234 443\r\n");
}

TEST(ProxyProtocol, v2_names_both_ends) {
  EXPECT_EQ(proxy_header(ProxyProtocol::v2, client, {"198.51.100.2", 443}),
            "\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c"
            "\xcb\0\x71\x09\xc6\x33\x64\x02\xc8\x22\x01\xbb"sv);
  EXPECT_EQ(proxy_header(ProxyProtocol::v2, client6, {"2001:db8::1", 443}),
            "\r\n\r\n\0\r\nQUIT\n\x21\x21\0\x24"
            "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x09"
            "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01\xc8\x22\x01\xbb"sv);
}

TEST(ProxyProtocol, where_the_server_was_told_a_name_or_nothing_the_family_is_the_clients) {
  const std::pair<HostPort, const char*> rows[] = {{{"", 80}, "0.0.0.0"},
                                                   {{"*", 80}, "0.0.0.0"},
                                                   {{"localhost", 80}, "127.0.0.1"},
                                                   {{"gateway", 80}, "0.0.0.0"}};
  for (const auto& [bound, address] : rows)
    EXPECT_EQ(proxy_header(ProxyProtocol::v1, client, bound),
              std::string("PROXY TCP4 203.0.113.9 ") + address + " 51234 80\r\n");
  EXPECT_EQ(proxy_header(ProxyProtocol::v1, client6, {"", 80}), "PROXY TCP6 2001:db8::9 :: 51234 80\r\n");
  EXPECT_EQ(proxy_header(ProxyProtocol::v1, client6, {"localhost", 80}),
            "PROXY TCP6 2001:db8::9 ::1 51234 80\r\n");
}

TEST(ProxyProtocol, says_so_when_the_client_is_not_known) {
  const HostPort unknown[] = {
      {"", 0}, {"client.example", 1}, {"10.0.0", 1}, {std::string("10.0.0.1\0x", 10), 1}};
  for (const auto& originator : unknown) {
    EXPECT_EQ(proxy_header(ProxyProtocol::v1, originator, {"", 80}), "PROXY UNKNOWN\r\n");
    EXPECT_EQ(proxy_header(ProxyProtocol::v2, originator, {"", 80}), "\r\n\r\n\0\r\nQUIT\n\x20\0\0\0"sv);
  }
}

TEST(ProxyProtocol, says_so_when_the_families_differ) {
  EXPECT_EQ(proxy_header(ProxyProtocol::v1, client, {"::1", 80}), "PROXY UNKNOWN\r\n");
  EXPECT_EQ(proxy_header(ProxyProtocol::v2, client6, {"127.0.0.1", 80}), "\r\n\r\n\0\r\nQUIT\n\x20\0\0\0"sv);
}

TEST(ProxyProtocol, a_v4_address_in_v6_clothes_is_v4_and_zones_stay_at_home) {
  EXPECT_EQ(proxy_header(ProxyProtocol::v1, {"::ffff:203.0.113.9", 5}, {"127.0.0.1", 80}),
            "PROXY TCP4 203.0.113.9 127.0.0.1 5 80\r\n");
  EXPECT_EQ(proxy_header(ProxyProtocol::v1, {"fe80::1%1", 5}, {"::", 80}), "PROXY TCP6 fe80::1 :: 5 80\r\n");
}

TEST(ProxyProtocol, none_says_nothing) { EXPECT_EQ(proxy_header(ProxyProtocol::none, client, {"", 80}), ""); }

}  // namespace
}  // namespace towline::forward
