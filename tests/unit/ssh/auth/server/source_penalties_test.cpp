#include "ssh/auth/server/source_penalties.hpp"

#include <gtest/gtest.h>

namespace towline::ssh {
namespace {

using namespace std::chrono_literals;
namespace ip = boost::asio::ip;

const ip::address mallory = ip::make_address("192.0.2.1");
const SourcePenalties::Time begin{};

TEST(SourcePenalties, add_up_before_they_are_kept) {
  SourcePenalties penalties{PenaltyOptions{}};
  EXPECT_FALSE(penalties.find(mallory, begin));
  for (int i = 0; i < 3; ++i)
    EXPECT_FALSE(penalties.add(mallory, Misdeed::authentication_failed, begin)) << i;
  EXPECT_FALSE(penalties.find(mallory, begin)) << "15 s are not more than 15 s";
  EXPECT_TRUE(penalties.add(mallory, Misdeed::no_authentication, begin));
  EXPECT_FALSE(penalties.add(mallory, Misdeed::authentication_failed, begin)) << "it is left out already";
  const auto kept = penalties.find(mallory, begin);
  ASSERT_TRUE(kept);
  EXPECT_EQ(kept->reason, Misdeed::authentication_failed);
  EXPECT_EQ(kept->until, begin + 21s);
  EXPECT_TRUE(penalties.find(mallory, begin + 20s));
  EXPECT_FALSE(penalties.find(mallory, begin + 21s));
}

TEST(SourcePenalties, grow_to_a_bound_and_are_forgotten) {
  SourcePenalties penalties{PenaltyOptions{}};
  for (int i = 0; i < 100; ++i) penalties.add(mallory, Misdeed::grace_exceeded, begin);
  EXPECT_EQ(penalties.find(mallory, begin)->until, begin + 600s);
  EXPECT_FALSE(penalties.add(mallory, Misdeed::authentication_failed, begin + 601s)) << "begins anew";
  EXPECT_FALSE(penalties.find(mallory, begin + 601s));
  EXPECT_EQ(penalties.size(), 1U);
  penalties.add(ip::make_address("192.0.2.2"), Misdeed::no_authentication, begin + 700s);
  EXPECT_EQ(penalties.size(), 1U) << "who is free again takes no place";
}

TEST(SourcePenalties, of_ipv6_are_of_its_network) {
  SourcePenalties penalties{PenaltyOptions{}};
  for (int i = 0; i < 4; ++i)
    penalties.add(ip::make_address("2001:db8::" + std::to_string(i)), Misdeed::authentication_failed, begin);
  EXPECT_TRUE(penalties.find(ip::make_address("2001:db8::ffff"), begin));
  EXPECT_FALSE(penalties.find(ip::make_address("2001:db8:0:1::1"), begin));
  for (int i = 0; i < 4; ++i) penalties.add(mallory, Misdeed::authentication_failed, begin);
  EXPECT_TRUE(penalties.find(ip::make_address("::ffff:192.0.2.1"), begin)) << "the same by another name";
  EXPECT_FALSE(penalties.find(ip::make_address("192.0.2.2"), begin));
  EXPECT_FALSE(penalties.find(ip::make_address("::c000:201"), begin)) << "an IPv6 address of the same number";
}

TEST(SourcePenalties, are_of_so_many_sources_and_no_more) {
  PenaltyOptions options;
  options.sources_max = 3;
  SourcePenalties penalties{options};
  for (int i = 0; i < 4; ++i) penalties.add(mallory, Misdeed::authentication_failed, begin);
  for (unsigned i = 0; i < 100; ++i) penalties.add(ip::make_address_v4(i), Misdeed::no_authentication, begin);
  EXPECT_EQ(penalties.size(), 3U);
  EXPECT_TRUE(penalties.find(mallory, begin)) << "those go first that would be free first";
  penalties.add(ip::make_address("::1"), Misdeed::no_authentication, begin);
  EXPECT_EQ(penalties.size(), 4U) << "IPv6 has a table of its own";
}

TEST(SourcePenalties, have_names) {
  EXPECT_EQ(label_of(Misdeed::authentication_failed), "authentication_failed");
  EXPECT_EQ(label_of(Misdeed::no_authentication), "no_authentication");
  EXPECT_EQ(label_of(Misdeed::grace_exceeded), "grace_exceeded");
}

}  // namespace
}  // namespace towline::ssh
