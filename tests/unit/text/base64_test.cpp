#include "text/base64.hpp"

#include <gtest/gtest.h>

#include <utility>

namespace towline::text {
namespace {

TEST(Base64, agrees_with_the_examples_of_rfc_4648) {
  const std::pair<std::string_view, std::string_view> rows[] = {
      {"", ""}, {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"}, {"foob", "Zm9vYg=="}, {"foobar", "Zm9vYmFy"}};
  for (const auto& [plain, encoded] : rows) {
    const std::vector<std::uint8_t> bytes(plain.begin(), plain.end());
    EXPECT_EQ(to_base64(bytes), encoded);
    EXPECT_EQ(from_base64(encoded), bytes) << encoded;
    EXPECT_EQ(secret_from_base64(encoded), SecretBytes(plain.begin(), plain.end())) << encoded;
  }
}

TEST(Base64, refuses_what_is_not_canonical) {
  for (const auto* text :
       {"Z", "Zg", "Zg=", "Zh==", "Zm9=", "Zg===", "Z===", "====", "Zm 9v", "Zm9v\n", "Zm-v", "=m9v"}) {
    EXPECT_EQ(from_base64(text), std::nullopt) << text;
    EXPECT_EQ(secret_from_base64(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace towline::text
