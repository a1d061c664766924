#include "ssh/wire/message.hpp"

#include "unit/ssh/connection/talk.hpp"

#include <gtest/gtest.h>

#include <string>

namespace towline::ssh::connection {
namespace {

TEST(Reader, reads_numbers_big_endian_and_strings_by_their_length) {
  const auto said = Said(0xfe).u32(0x01020304).text("abc").u8(2).text("");
  Reader reader(said.bytes());
  EXPECT_EQ(reader.u8(), 0xfe);
  EXPECT_EQ(reader.u32(), 0x01020304U);
  EXPECT_EQ(reader.string(), "abc");
  EXPECT_TRUE(reader.boolean());  // RFC 4251, 5: every non-zero value is true
  EXPECT_FALSE(reader.complete());
  EXPECT_EQ(reader.rest().size(), 4U);
  EXPECT_TRUE(reader.bytes().empty());
  EXPECT_TRUE(reader.complete());
}

TEST(Reader, past_the_end_everything_is_empty_and_stays_so) {
  const auto said = Said(1).u8(2).u8(3);
  Reader reader(said.bytes());
  EXPECT_EQ(reader.u32(), 0U);
  EXPECT_FALSE(reader.ok());
  EXPECT_EQ(reader.u8(), 0);
  EXPECT_EQ(reader.string(), "");
  EXPECT_TRUE(reader.rest().empty());
  EXPECT_FALSE(reader.complete());
}

TEST(Reader, a_string_longer_than_the_message_is_not_read) {
  for (const std::uint32_t length : {4U, 0x7fffffffU, 0xffffffffU}) {
    const auto said = Said(1).u32(length).u8('a').u8('b').u8('c');
    Reader reader(said.bytes());
    reader.u8();
    EXPECT_EQ(reader.string(), "") << length;
    EXPECT_FALSE(reader.ok()) << length;
  }
}

TEST(Reader, an_empty_message_has_nothing_in_it) {
  Reader reader(Bytes{});
  EXPECT_TRUE(reader.complete());
  EXPECT_EQ(reader.u8(), 0);
  EXPECT_FALSE(reader.ok());
}

}  // namespace
}  // namespace towline::ssh::connection
