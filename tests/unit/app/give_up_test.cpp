#include "app/give_up.hpp"

#include <gtest/gtest.h>

#include <memory>

namespace towline::app {
namespace {

using observe::ConnectFailure;
using observe::ForwardState;

observe::Facts facts(ForwardState state, observe::Reason reason, bool required = true) {
  observe::Facts facts;
  observe::ForwardTraits traits;
  traits.name = "db";
  traits.required = required;
  observe::ForwardStatus status;
  status.state = state;
  status.reason = reason;
  status.detail = "what happened";
  status.hint = "what to do";
  auto& forward = facts.forwards.emplace_back();
  forward.traits = std::make_shared<const observe::ForwardTraits>(traits);
  forward.status = std::make_shared<const observe::ForwardStatus>(status);
  return facts;
}

TEST(GiveUp, a_refused_key_is_a_lost_cause_and_a_closed_port_is_not) {
  const auto auth = lost_cause(facts(ForwardState::backoff, ConnectFailure::auth));
  ASSERT_TRUE(auth);
  EXPECT_EQ(auth->reason, "auth");
  EXPECT_EQ(auth->detail, "what happened");
  EXPECT_EQ(auth->hint, "what to do");
  EXPECT_TRUE(lost_cause(facts(ForwardState::backoff, ConnectFailure::host_key)));
  EXPECT_FALSE(lost_cause(facts(ForwardState::backoff, ConnectFailure::refused)));
  EXPECT_FALSE(lost_cause(facts(ForwardState::backoff, ConnectFailure::dns)));
  EXPECT_FALSE(lost_cause(facts(ForwardState::binding, observe::SetupFailure::refused)));
}

TEST(GiveUp, what_is_not_required_or_is_tried_again_has_time) {
  EXPECT_FALSE(lost_cause(facts(ForwardState::backoff, ConnectFailure::auth, false)));
  EXPECT_FALSE(lost_cause(facts(ForwardState::connecting, ConnectFailure::auth)));
  EXPECT_FALSE(lost_cause({}));
}

}  // namespace
}  // namespace towline::app
