#include "net/error.hpp"

#include <gtest/gtest.h>

#include <set>

namespace towline::net {
namespace {

TEST(NetError, every_reason_has_a_sentence_of_its_own) {
  std::set<std::string> sentences;
  const auto last = static_cast<int>(errc::not_a_socket);
  for (int value = 1; value <= last; ++value)
    sentences.insert(make_error_code(static_cast<errc>(value)).message());
  EXPECT_EQ(sentences.size(), static_cast<std::size_t>(last));
  EXPECT_EQ(sentences.count("unknown network error"), 0U);
}

TEST(NetError, converts_to_an_error_code_of_its_category) {
  const boost::system::error_code code = errc::name_not_found;
  EXPECT_EQ(code.category(), net_category());
  EXPECT_EQ(code.message(), "name not found");
  EXPECT_TRUE(code.failed());
}

}  // namespace
}  // namespace towline::net
