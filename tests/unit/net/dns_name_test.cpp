#include "net/dns_name.hpp"

#include <gtest/gtest.h>

#include <string>

namespace towline::net {
namespace {

TEST(DnsName, of_one_label_and_of_several) {
  for (const auto* name : {"web", "a", "a-1", "xn--bcher-kva", "a.b.example", "3com.example"})
    EXPECT_TRUE(is_host_name(name)) << name;
  EXPECT_FALSE(is_label("a.b"));
}

TEST(DnsName, that_none_can_be) {
  for (const auto* name :
       {"", ".", "a.", ".a", "a..b", "-a", "a-", "A", "a_b", "a b", "*.a", "10.0.0.1", "a\n"})
    EXPECT_FALSE(is_host_name(name)) << name;
}

TEST(DnsName, has_a_length) {
  const std::string label(63, 'a');
  EXPECT_TRUE(is_label(label));
  EXPECT_FALSE(is_label(label + 'a'));
  EXPECT_TRUE(is_host_name(label + '.' + label + '.' + label + '.' + std::string(61, 'a')));
  EXPECT_FALSE(is_host_name(label + '.' + label + '.' + label + '.' + std::string(62, 'a')));
}

}  // namespace
}  // namespace towline::net
