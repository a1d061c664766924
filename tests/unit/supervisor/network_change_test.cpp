#include "supervisor/network_change.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

namespace towline::supervisor {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// A netlink message under construction.
class Message {
 public:
  template <class Head>
  Message(std::uint16_t type, const Head& head) {
    nlmsghdr start{};
    start.nlmsg_type = type;
    append(&start, sizeof start);
    append(&head, sizeof head);
  }
  Message& attribute(std::uint16_t type, std::string_view value) {
    const rtattr head{static_cast<std::uint16_t>(sizeof(rtattr) + value.size()), type};
    append(&head, sizeof head);
    append(value.data(), value.size());
    return *this;
  }
  Message& number(std::uint16_t type, std::uint32_t value) {
    return attribute(type, {reinterpret_cast<const char*>(&value), sizeof value});
  }
  std::string bytes() const {
    auto all = bytes_;
    const auto size = static_cast<std::uint32_t>(all.size());
    std::memcpy(all.data(), &size, sizeof size);
    return all;
  }

 private:
  void append(const void* data, std::size_t size) {
    bytes_.append(static_cast<const char*>(data), size);
    bytes_.resize((bytes_.size() + 3) / 4 * 4);
  }
  std::string bytes_;
};

const std::string v4("\x0a\x01\x02\x03", 4);
const std::string gateway("\x0a\x01\x02\x01", 4);

Message address(std::uint16_t type, unsigned char scope = RT_SCOPE_UNIVERSE, unsigned char flags = 0) {
  ifaddrmsg head{};
  head.ifa_family = AF_INET;
  head.ifa_scope = scope;
  head.ifa_flags = flags;
  head.ifa_index = 7;
  return Message(type, head).attribute(IFA_ADDRESS, v4);
}

Message route(std::uint16_t type, unsigned char length = 0, std::uint32_t table = RT_TABLE_MAIN) {
  rtmsg head{};
  head.rtm_family = AF_INET;
  head.rtm_dst_len = length;
  head.rtm_type = RTN_UNICAST;
  head.rtm_table = static_cast<unsigned char>(table);
  return Message(type, head).attribute(RTA_GATEWAY, gateway).number(RTA_OIF, 7);
}

std::vector<NetworkChange> read(const std::string& bytes) {
  return network_changes(std::as_bytes(std::span(bytes)));
}

const NetworkPiece the_address{NetworkPiece::Kind::address, AF_INET, 7, v4};
const NetworkPiece the_route{NetworkPiece::Kind::default_route, AF_INET, 7, gateway};

TEST(NetworkChange, addresses_come_and_go) {
  EXPECT_THAT(read(address(RTM_NEWADDR).bytes()), ElementsAre(NetworkChange{true, the_address}));
  EXPECT_THAT(read(address(RTM_DELADDR).bytes()), ElementsAre(NetworkChange{false, the_address}));
}

TEST(NetworkChange, default_routes_come_and_go) {
  EXPECT_THAT(read(route(RTM_NEWROUTE).bytes()), ElementsAre(NetworkChange{true, the_route}));
  EXPECT_THAT(read(route(RTM_DELROUTE).bytes()), ElementsAre(NetworkChange{false, the_route}));
}

TEST(NetworkChange, one_datagram_may_hold_several_messages) {
  EXPECT_THAT(read(address(RTM_NEWADDR).bytes() + route(RTM_NEWROUTE).bytes()),
              ElementsAre(NetworkChange{true, the_address}, NetworkChange{true, the_route}));
}

TEST(NetworkChange, what_helps_nobody_to_reach_a_server_is_left_out) {
  EXPECT_THAT(read(address(RTM_NEWADDR, RT_SCOPE_HOST).bytes()), IsEmpty());
  EXPECT_THAT(read(address(RTM_NEWADDR, RT_SCOPE_LINK).bytes()), IsEmpty());
  EXPECT_THAT(read(address(RTM_NEWADDR, RT_SCOPE_UNIVERSE, IFA_F_TENTATIVE).bytes()), IsEmpty());
  EXPECT_THAT(read(address(RTM_NEWADDR).number(IFA_FLAGS, IFA_F_TENTATIVE).bytes()), IsEmpty());
  EXPECT_THAT(read(address(RTM_NEWLINK).bytes()), IsEmpty());
  EXPECT_THAT(read(route(RTM_NEWROUTE, 24).bytes()), IsEmpty());
  EXPECT_THAT(read(route(RTM_NEWROUTE, 0, RT_TABLE_LOCAL).bytes()), IsEmpty());
  EXPECT_THAT(read(route(RTM_NEWROUTE).number(RTA_TABLE, 1000).bytes()), IsEmpty());
}

TEST(NetworkChange, every_truncation_is_survived) {
  const auto bytes = address(RTM_NEWADDR).bytes() + route(RTM_NEWROUTE).bytes();
  for (std::size_t size = 0; size < bytes.size(); ++size) EXPECT_LE(read(bytes.substr(0, size)).size(), 1U);
}

TEST(NetworkChange, every_wrong_length_is_survived) {
  const auto good = route(RTM_NEWROUTE).bytes();
  for (std::size_t at = 0; at < good.size(); ++at) {
    for (const char value : {'\0', '\1', '\3', '\x7f', '\xff'}) {
      auto bad = good;
      bad[at] = value;
      EXPECT_LE(read(bad).size(), 1U);
    }
  }
}

TEST(KnownNetwork, only_what_was_not_there_is_new) {
  KnownNetwork known;
  EXPECT_TRUE(known.apply({true, the_address}));
  EXPECT_FALSE(known.apply({true, the_address})) << "a router that repeats itself";
  EXPECT_TRUE(known.apply({true, the_route}));
  EXPECT_FALSE(known.apply({false, the_address}));
  EXPECT_TRUE(known.apply({true, the_address}));
}

}  // namespace
}  // namespace towline::supervisor
