#include "endpoint/asked.hpp"

#include "ssh/wire/writer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace towline::endpoint {
namespace {

using ssh::MessageWriter;
using testing::ElementsAre;

TEST(ReadListen, is_an_address_and_a_port) {
  const auto asked = read_listen(MessageWriter().string("web").u32(80).take(), false);
  ASSERT_TRUE(asked);
  EXPECT_EQ(asked->tcp, (net::HostPort{"web", 80}));
}

TEST(ReadListen, is_nothing_for_what_no_client_may_send) {
  EXPECT_FALSE(read_listen(MessageWriter().string("web").take(), false));
  EXPECT_FALSE(read_listen(MessageWriter().string("web").u32(65536).take(), false));
  EXPECT_FALSE(read_listen(MessageWriter().string("web").u32(1).u8(0).take(), false));
  EXPECT_FALSE(read_listen(MessageWriter().string("").take(), true));
}

TEST(ReadListen, may_be_a_path) {
  const auto asked = read_listen(MessageWriter().string("/run/x").take(), true);
  ASSERT_TRUE(asked);
  EXPECT_EQ(asked->path, "/run/x");
}

TEST(ReadDirect, is_a_target_and_who_asks) {
  const auto asked = read_direct(MessageWriter().string("db").u32(5432).string("192.0.2.1").u32(4711).take());
  ASSERT_TRUE(asked);
  EXPECT_EQ(asked->target, (net::HostPort{"db", 5432}));
  EXPECT_EQ(asked->originator, (net::HostPort{"192.0.2.1", 4711}));
}

TEST(ReadDirect, does_without_a_sound_originator_but_not_without_a_target) {
  const auto asked = read_direct(MessageWriter().string("db").u32(5432).string("x").u32(65536).take());
  ASSERT_TRUE(asked);
  EXPECT_EQ(asked->originator, net::HostPort());
  EXPECT_FALSE(read_direct(MessageWriter().string("db").u32(65536).string("x").u32(1).take()));
}

TEST(PortAnswer, has_the_port_as_four_octets) {
  EXPECT_THAT(port_answer(9000).payload, ElementsAre(0, 0, 0x23, 0x28));
  EXPECT_TRUE(port_answer(9000).success);
}

}  // namespace
}  // namespace towline::endpoint
