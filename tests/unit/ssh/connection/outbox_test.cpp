#include "ssh/connection/outbox.hpp"

#include "unit/ssh/connection/talk.hpp"

#include <gtest/gtest.h>

namespace towline::ssh::connection {
namespace {

TEST(Outbox, a_message_is_the_number_and_its_fields) {
  Outbox outbox;
  const std::uint8_t raw[] = {7, 8};
  outbox.message(MessageNumber::channel_request)
      .u32(0x01020304)
      .string("ab")
      .boolean(true)
      .boolean(false)
      .u8(9)
      .raw(raw);
  EXPECT_EQ(in_hex(outbox.front()),
            "6201020304000000026162"
            "0100"
            "09"
            "0708");
}

TEST(Outbox, messages_come_out_in_the_order_they_went_in) {
  Outbox outbox;
  EXPECT_TRUE(outbox.empty());
  outbox.message(MessageNumber::channel_eof).u32(1);
  outbox.message(MessageNumber::channel_close).u32(1);
  EXPECT_EQ(in_hex(outbox.front()), "6000000001");
  outbox.pop();
  outbox.message(MessageNumber::request_failure);
  EXPECT_EQ(in_hex(outbox.front()), "6100000001");
  outbox.pop();
  EXPECT_EQ(in_hex(outbox.front()), "52");
  EXPECT_FALSE(outbox.empty());
  outbox.pop();
  EXPECT_TRUE(outbox.empty());
  EXPECT_EQ(outbox.size(), 0U);
}

TEST(Outbox, size_falls_to_nothing_with_the_messages) {
  Outbox outbox;
  for (int i = 0; i < 3; ++i) outbox.message(MessageNumber::channel_eof).u32(1);
  const auto three = outbox.size();
  outbox.pop();
  EXPECT_EQ(outbox.size(), three / 3 * 2);
  outbox.pop();
  outbox.pop();
  EXPECT_EQ(outbox.size(), 0U);
}

}  // namespace
}  // namespace towline::ssh::connection
