#include "supervisor/explain_channel.hpp"

#include <gtest/gtest.h>

#include <utility>

namespace towline::supervisor {
namespace {

using observe::UnmatchedChannel;
using ssh::connection::ChannelFit;

TEST(ExplainChannel, each_fit_has_a_label_of_its_own) {
  constexpr std::pair<ChannelFit, UnmatchedChannel> rows[] = {
      {ChannelFit::only_one, UnmatchedChannel::joined},
      {ChannelFit::ambiguous, UnmatchedChannel::ambiguous},
      {ChannelFit::unasked, UnmatchedChannel::unasked},
      {ChannelFit::cancelled, UnmatchedChannel::cancelled},
      {ChannelFit::unknown_type, UnmatchedChannel::unknown_type},
      {ChannelFit::limit, UnmatchedChannel::limit}};
  for (const auto& [fit, label] : rows) EXPECT_EQ(unmatched_channel(fit), label);
}

TEST(ExplainChannel, each_outcome_has_words_and_says_what_to_do) {
  for (const auto outcome : observe::all<UnmatchedChannel>()) {
    EXPECT_FALSE(unmatched_text(outcome).empty()) << to_string(outcome);
    EXPECT_FALSE(unmatched_hint(outcome).empty()) << to_string(outcome);
  }
}

}  // namespace
}  // namespace towline::supervisor
