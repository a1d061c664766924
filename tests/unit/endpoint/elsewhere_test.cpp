#include "endpoint/elsewhere.hpp"

#include "endpoint/login_help.hpp"
#include "unit/async/turns.hpp"
#include "unit/ssh/auth/server/password_hashes.hpp"

#include <gtest/gtest.h>

#include <unistd.h>

namespace towline::endpoint {
namespace {

struct ElsewhereTest : testing::Test, Turns {
  ~ElsewhereTest() override { stop(); }
};

TEST_F(ElsewhereTest, is_another_thread) {
  Elsewhere elsewhere(io.get_executor());
  std::optional<std::optional<pid_t>> answer;
  begin(elsewhere.ask<pid_t>([] { return ::gettid(); }), answer);
  turn_until([&] { return answer.has_value(); });
  ASSERT_TRUE(*answer);
  EXPECT_NE(**answer, ::gettid());
}

TEST_F(ElsewhereTest, answers_nobody_who_has_been_cancelled) {
  Elsewhere elsewhere(io.get_executor());
  std::optional<std::optional<int>> answer;
  begin(elsewhere.ask<int>([] { return 1; }), answer);
  turn();
  if (!answer) {
    stop();
    ASSERT_TRUE(answer);
    EXPECT_FALSE(*answer);
  }
}

TEST_F(ElsewhereTest, is_where_passwords_are_compared) {
  const net::Resolver resolver;
  LoginHelp help(io.get_executor(), {}, resolver);
  std::optional<bool> right;
  std::optional<bool> wrong;
  begin(help.is_right({.password = text::Secret("x"), .hash = ssh::sha512_of_x}), right);
  begin(help.is_right({.password = text::Secret("y"), .hash = ssh::sha512_of_x}), wrong);
  turn_until([&] { return right && wrong; });
  EXPECT_TRUE(*right);
  EXPECT_FALSE(*wrong);
}

}  // namespace
}  // namespace towline::endpoint
