#include "expose/web/no_way.hpp"

#include "ssh/wire/error.hpp"

#include <boost/asio/error.hpp>
#include <gtest/gtest.h>

#include <set>

namespace towline::expose::web {

namespace {

TEST(NoWay, each_has_its_texts_and_a_label_of_its_own) {
  std::set<std::string_view> labels;
  for (std::size_t i = 0; i < no_ways.size(); ++i) {
    const auto& text = no_ways[i];
    EXPECT_EQ(static_cast<std::size_t>(text.why), i) << text.label;
    EXPECT_TRUE(labels.insert(text.label).second) << text.label;
    EXPECT_FALSE(text.sentence.empty() || text.hint.empty()) << text.label;
    EXPECT_EQ(&text_of(text.why), &text);
  }
}

TEST(NoWay, what_a_channel_failed_with_says_who_is_at_fault) {
  EXPECT_EQ(not_opened(ssh::errc::open_timeout), NoWay::silent);
  EXPECT_EQ(not_opened(ssh::errc::open_connect_failed), NoWay::refused);
  EXPECT_EQ(not_opened(ssh::errc::open_administratively_prohibited), NoWay::refused);
  EXPECT_EQ(not_opened(ssh::errc::keepalive_timeout), NoWay::gone);
  EXPECT_EQ(not_opened(boost::asio::error::operation_aborted), NoWay::leaving);
}

}  // namespace

}  // namespace towline::expose::web
