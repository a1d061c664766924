#include "ssh/server/login.hpp"

#include "unit/ssh/auth/server/password_hashes.hpp"
#include "unit/ssh/transport/server/both_transports.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace towline::ssh {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// Knows one password.
struct KnowsOne final : LoginHelp {
  Task<bool> is_right(PasswordCheck check) override {
    ++asked;
    co_return check.password.reveal() == "secret";
  }
  Task<ServiceAnswer> ask(ServiceQuestion) override { co_return ServiceAnswer{}; }

  int asked = 0;
};

class LoginTest : public testing::Test {
 protected:
  explicit LoginTest(LoginOptions options = {.password = true})
      : authentication_(std::make_shared<const LoginOptions>(std::move(options)),
                        std::make_shared<const KnownUsers>(known_users()), {}) {
    both_.shake_hands();
    both_.client->deliver_to(&both_.client_heard);
  }
  ~LoginTest() override { both_.stop(); }

  static KnownUsers known_users() {
    KnownUsers users;
    users.passwords = Passwords::parse("me:" + sha512_of_x);
    return users;
  }

  void begin(const std::string& banner = {}) {
    both_.begin(log_in(*both_.server, authentication_, banner, help_,
                       [this](const RefusedAttempt& attempt) { refused_.push_back(attempt.refusal); }),
                end_);
    turn();
  }
  void say(Bytes message) {
    ASSERT_TRUE(both_.client->write(message));
    turn();
  }
  void turn() {
    for (int i = 0; i < 4; ++i) {
      if (both_.client) (void)both_.client->flush();
      both_.turn();
      if (both_.client && both_.wires.unread(0) > 0) (void)both_.client->read();
    }
  }
  const std::vector<std::string>& heard() const { return both_.client_heard.messages; }

  const MadeKeys made_{"ed25519"};
  BothTransports both_{made_};
  UserAuthentication authentication_;
  KnowsOne help_;
  std::vector<Refusal> refused_;
  std::optional<LoginEnd> end_;
};

TEST_F(LoginTest, shows_the_banner_first) {
  begin("Ships only.\n");
  ASSERT_EQ(heard().size(), 1U);
  EXPECT_EQ(heard()[0][0], 53);
  EXPECT_THAT(heard()[0], HasSubstr("Ships only."));
}

TEST_F(LoginTest, of_the_right_password_lets_in) {
  begin();
  say(password_request("me", "wrong"));
  ASSERT_EQ(heard().size(), 1U);
  EXPECT_EQ(heard()[0][0], 51);
  EXPECT_FALSE(end_);
  say(password_request("me", "secret"));
  ASSERT_TRUE(end_);
  ASSERT_TRUE(end_->user);
  EXPECT_EQ(end_->user->user, "me");
  EXPECT_EQ(heard().back()[0], 52);
  EXPECT_THAT(refused_, ElementsAre(Refusal::password_wrong));
  EXPECT_EQ(help_.asked, 2);
}

TEST_F(LoginTest, ends_with_who_hangs_up) {
  begin();
  both_.client.reset();
  turn();
  ASSERT_TRUE(end_);
  ASSERT_FALSE(end_->user);
  EXPECT_EQ(end_->no_login.refusal, Refusal::none);
  EXPECT_FALSE(authentication_.attempted());
}

TEST_F(LoginTest, ends_after_too_many_attempts) {
  begin();
  for (int i = 0; i < 20 && !end_; ++i) say(password_request("me", "wrong"));
  ASSERT_TRUE(end_);
  ASSERT_FALSE(end_->user);
  EXPECT_EQ(end_->no_login.refusal, Refusal::too_many_attempts);
  EXPECT_EQ(refused_.size(), 6U);
}

TEST_F(LoginTest, ends_with_a_message_that_is_none) {
  begin();
  say(bytes_of("\x32garbage"));
  ASSERT_TRUE(end_);
  ASSERT_FALSE(end_->user);
  EXPECT_EQ(end_->no_login.refusal, Refusal::malformed);
}

struct NobodyIsAsked : LoginTest {
  NobodyIsAsked() : LoginTest({.none = true}) {}
};

TEST_F(NobodyIsAsked, and_gets_in) {
  begin();
  say(none_request("whoever"));
  ASSERT_TRUE(end_);
  ASSERT_TRUE(end_->user);
  EXPECT_EQ(end_->user->method, LoginMethod::none);
}

}  // namespace
}  // namespace towline::ssh
