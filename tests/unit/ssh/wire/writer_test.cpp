#include "ssh/wire/writer.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace towline::ssh {
namespace {

std::string written(const text::SecretBytes& bytes) { return {bytes.begin(), bytes.end()}; }

TEST(MessageWriter, writes_the_forms_of_rfc_4251) {
  MessageWriter writer;
  writer.u8(7).u32(0x01020304).boolean(true).boolean(false).string("ab").raw(std::vector<std::uint8_t>{9});
  EXPECT_EQ(written(writer.take()), std::string("\7\1\2\3\4\1\0\0\0\0\2ab\x9", 14));
}

TEST(MessageWriter, writes_numbers_as_short_as_they_are_and_never_negative) {
  const std::pair<std::vector<std::uint8_t>, std::string> rows[] = {
      {{}, std::string("\0\0\0\0", 4)},
      {{0, 0}, std::string("\0\0\0\0", 4)},
      {{0x7f}, std::string("\0\0\0\1\x7f", 5)},
      {{0x80}, std::string("\0\0\0\2\0\x80", 6)},
      {{0, 0, 1, 2}, std::string("\0\0\0\2\1\2", 6)}};
  for (const auto& [magnitude, expected] : rows) {
    MessageWriter writer;
    EXPECT_EQ(written(writer.mpint(magnitude).take()), expected);
  }
}

TEST(MessageWriter, is_empty_after_it_gave_away_what_it_had) {
  MessageWriter writer;
  writer.u8(1);
  EXPECT_EQ(writer.take().size(), 1U);
  EXPECT_TRUE(writer.take().empty());
}

}  // namespace
}  // namespace towline::ssh
