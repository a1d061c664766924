#include "ssh/auth/server/address_patterns.hpp"

#include <gtest/gtest.h>

namespace towline::ssh {
namespace {

namespace ip = boost::asio::ip;
using Form = AddressPatterns::Form;

struct PatternRow {
  const char* list;
  const char* address;
  bool permits;
};

// What sshd says to the same is in openssh_authorized_keys_test.
const PatternRow pattern_rows[] = {
    {"10.0.0.1", "10.0.0.1", true},
    {"10.0.0.1", "10.0.0.2", false},
    {"10.0.0.0/8", "10.255.0.1", true},
    {"10.0.0.0/8", "11.0.0.1", false},
    {"10.0.0.0/31", "10.0.0.1", true},
    {"10.0.0.0/31", "10.0.0.2", false},
    {"0.0.0.0/0", "255.255.255.255", true},
    {"2001:db8::/33", "2001:db8:7fff::1", true},
    {"2001:db8::/33", "2001:db8:8000::1", false},
    {"::/0", "10.0.0.1", false},
    {"10.0.0.0/8", "::ffff:10.0.0.1", true},
    {"10.*", "10.1.2.3", true},
    {"10.?.0.0", "10.1.0.0", true},
    {"2001:DB8::*", "2001:db8::1", true},
    {"*,!10.0.0.1", "10.0.0.1", false},
    {"!10.0.0.0/8,*", "10.0.0.1", false},
    {"!10.0.0.0/8,*", "11.0.0.1", true},
    {"!10.0.0.1", "10.0.0.2", false},
    {"example.com,10.0.0.1", "10.0.0.1", true},
};

TEST(AddressPatterns, permit_as_sshd_does) {
  for (const auto& row : pattern_rows) {
    AddressPatterns patterns;
    ASSERT_EQ(AddressPatterns::parse(row.list, Form::from, patterns), "") << row.list;
    EXPECT_EQ(patterns.permits(ip::make_address(row.address)), row.permits) << row.list << ' ' << row.address;
    EXPECT_FALSE(patterns.permits(std::nullopt)) << "a unix socket is nowhere";
  }
}

TEST(AddressPatterns, that_cannot_be_kept_are_refused) {
  const std::pair<const char*, const char*> wrong[] = {
      {"", "empty entry"},
      {"10.0.0.1,", "empty entry"},
      {"!", "empty entry"},
      {"10.0.0.1/8", "bits set behind its mask"},
      {"10.0.0.0/33", "no address"},
      {"::/129", "no address"},
      {"10.0.0.0/", "no address"},
      {"10.0.0.0/-1", "no address"},
      {"10.1", "no address"},
      {"fe80::/x", "no address"},
      {"*,!example.com", "names of clients are not looked up"},
  };
  for (const auto& [list, why] : wrong) {
    AddressPatterns patterns;
    const auto said = AddressPatterns::parse(list, Form::from, patterns);
    EXPECT_NE(said.find(why), said.npos) << list << ": " << said;
  }
  AddressPatterns patterns;
  EXPECT_NE(AddressPatterns::parse(std::string(1'023, '*'), Form::from, patterns), "");
  EXPECT_EQ(AddressPatterns::parse(std::string(1'022, '*'), Form::from, patterns), "");
}

TEST(AddressPatterns, of_certificates_are_networks) {
  AddressPatterns patterns;
  EXPECT_EQ(AddressPatterns::parse("10.0.0.0/8,::1", Form::source_address, patterns), "");
  EXPECT_TRUE(patterns.permits(ip::make_address("::1")));
  for (const auto* list : {"*", "!10.0.0.1", "10.*", "example.com", ""})
    EXPECT_NE(AddressPatterns::parse(list, Form::source_address, patterns), "") << list;
}

TEST(AddressPatterns, say_which_name_is_of_no_use) {
  AddressPatterns patterns;
  AddressPatterns::parse("10.0.0.1,host.example,other.example", Form::from, patterns);
  EXPECT_EQ(patterns.unused(), "host.example");
  AddressPatterns::parse("10.0.0.1,*.cafe,*", Form::from, patterns);
  EXPECT_EQ(patterns.unused(), "") << "an address may look like that";
}

}  // namespace
}  // namespace towline::ssh
