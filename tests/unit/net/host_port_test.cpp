#include "net/host_port.hpp"

#include <gtest/gtest.h>

namespace towline::net {
namespace {

using std::nullopt;

TEST(HostPort, v6_addresses_are_printed_in_brackets) {
  EXPECT_EQ(to_string(HostPort{"db", 5432}), "db:5432");
  EXPECT_EQ(to_string(HostPort{"10.0.0.1", 22}), "10.0.0.1:22");
  EXPECT_EQ(to_string(HostPort{"::1", 22}), "[::1]:22");
  EXPECT_EQ(to_string(HostPort{"", 0}), ":0");
}

TEST(HostPort, ports_are_decimal_numbers_up_to_65535) {
  EXPECT_EQ(parse_port("0"), 0);
  EXPECT_EQ(parse_port("22"), 22);
  EXPECT_EQ(parse_port("0022"), 22);
  EXPECT_EQ(parse_port("65535"), 65535);
  for (const auto* text :
       {"", "65536", "-1", "+1", " 22", "22 ", "0x16", "ssh", "2.2", "99999999999999999999"}) {
    EXPECT_EQ(parse_port(text), nullopt) << text;
  }
}

TEST(HostPort, hosts_are_names_and_addresses) {
  for (const auto* text :
       {"db", "db.example.com", "db.example.com.", "my_db-1", "3com.com", "10.0.0.1", "::1",
        "::", "2001:db8::1", "::ffff:10.0.0.1", "123", "fe80::1%eth0.2", "fe80::1%7"}) {
    EXPECT_EQ(parse_host(text), text);
  }
  EXPECT_EQ(parse_host("[::1]"), "::1");
  EXPECT_EQ(parse_host(std::string(253, 'a')), std::string(253, 'a'));
}

TEST(HostPort, what_cannot_be_a_host_is_refused) {
  for (const auto* text : {"", ".", "-db", ".db", "a..b", "a b", "a/b", "user@db", "[db]", "[10.0.0.1]",
                           "[::1", "::1]", "[]", "10.0.0.256", "db:22", ":::", "*", "dä"}) {
    EXPECT_EQ(parse_host(text), nullopt) << text;
  }
  EXPECT_EQ(parse_host(std::string(254, 'a')), nullopt);
  EXPECT_EQ(parse_host(std::string_view("::1\0x", 5)), nullopt);
  EXPECT_EQ(parse_host(std::string_view("db\0x", 4)), nullopt);
}

TEST(HostPort, the_zone_of_an_address_is_the_name_of_an_interface) {
  for (const auto* text :
       {"fe80::1%", "fe80::1%a b", "fe80::1%a/b", "fe80::1%eth\n0", "fe80::1%\x1b[m", "fe80::1%\xc3",
        "fe80::1%sixteen-letters-", "[fe80::1%a]b]", "fe80::1%a:b", "fe80::1%a@b"}) {
    EXPECT_EQ(parse_host(text), nullopt) << text;
  }
}

TEST(HostPort, the_port_is_optional) {
  EXPECT_EQ(parse_host_port("db", 22), (HostPort{"db", 22}));
  EXPECT_EQ(parse_host_port("db:5432", 22), (HostPort{"db", 5432}));
  EXPECT_EQ(parse_host_port("db:0", 22), (HostPort{"db", 0}));
  EXPECT_EQ(parse_host_port("10.0.0.1:80", 22), (HostPort{"10.0.0.1", 80}));
  EXPECT_EQ(parse_host_port("[::1]", 22), (HostPort{"::1", 22}));
  EXPECT_EQ(parse_host_port("[::1]:80", 22), (HostPort{"::1", 80}));
  EXPECT_EQ(parse_host_port("::1", 22), (HostPort{"::1", 22}));
  EXPECT_EQ(parse_host_port("::1:80", 22), (HostPort{"::1:80", 22}));
}

TEST(HostPort, what_is_no_host_and_port_is_refused) {
  for (const auto* text : {"", ":", ":22", "db:", "db:ssh", "db:70000", "[::1]:", "[::1]22", "[::1]x:22",
                           "[db]:22", "a:b:c", "tcp://10.0.0.1:22", "[]:22", "db:22:33"}) {
    EXPECT_EQ(parse_host_port(text, 22), nullopt) << text;
  }
}

TEST(HostPort, what_was_printed_can_be_parsed) {
  for (const HostPort& where : {HostPort{"db", 1}, HostPort{"10.0.0.1", 0}, HostPort{"2001:db8::1", 65535}}) {
    EXPECT_EQ(parse_host_port(to_string(where), 22), where);
  }
}

}  // namespace
}  // namespace towline::net
