#include "ssh/auth/server/passwords.hpp"

#include "unit/ssh/auth/server/password_hashes.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace towline::ssh {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

PasswordCheck ask(const Passwords& passwords, std::string_view user) {
  return passwords.check_of(user, text::Secret(std::string("x")));
}

TEST(Passwords, are_of_their_users) {
  const auto passwords =
      Passwords::parse("# who\n\nme:" + sha512_of_x + "\r\n you:" + yescrypt_of_x + ":20000:0:99999:7:::\n");
  EXPECT_THAT(passwords.bad_lines(), IsEmpty());
  const auto mine = ask(passwords, "me");
  EXPECT_TRUE(mine.known);
  EXPECT_EQ(mine.hash, sha512_of_x);
  EXPECT_EQ(mine.password.reveal(), "x");
  EXPECT_TRUE(is_right(mine));
  EXPECT_EQ(ask(passwords, "you").hash, yescrypt_of_x) << "a line of shadow(5)";
}

TEST(Passwords, of_nobody_are_as_much_work) {
  const auto passwords = Passwords::parse("me:" + sha512_of_x);
  for (const auto* user : {"", "you", "ME", "me ", "me:"}) {
    const auto nobody = ask(passwords, user);
    EXPECT_FALSE(nobody.known) << user;
    EXPECT_EQ(nobody.hash, sha512_of_x) << "some hash";
    EXPECT_FALSE(is_right(nobody)) << user;
  }
  const auto two = Passwords::parse("me:" + sha512_of_x + "\nyou:" + yescrypt_of_x);
  EXPECT_EQ(ask(two, "nobody").hash, ask(two, "nobody").hash);
  EXPECT_FALSE(is_right(ask(Passwords(), "me")));
}

TEST(Passwords, lines_that_are_none_are_named_and_not_shown) {
  const auto passwords = Passwords::parse("nothing\n:" + sha512_of_x + "\nme:secret\nlocked:!" + sha512_of_x +
                                          "\nold:*\n" + std::string(256, 'u') + ":" + sha512_of_x +
                                          "\ngood:" + sha512_of_x + "\ngood:" + yescrypt_of_x + "\n");
  ASSERT_EQ(passwords.bad_lines().size(), 7U);
  const std::pair<std::size_t, const char*> said[] = {
      {1, "USER:HASH"}, {2, "no user"},         {3, "no hash of"},        {4, "locked"},
      {5, "locked"},    {6, "longer than 255"}, {8, "has a line already"}};
  for (std::size_t i = 0; i < std::size(said); ++i) {
    EXPECT_EQ(passwords.bad_lines()[i].line, said[i].first);
    EXPECT_THAT(passwords.bad_lines()[i].reason, HasSubstr(said[i].second));
    EXPECT_THAT(passwords.bad_lines()[i].reason, testing::Not(HasSubstr("secret")));
  }
  EXPECT_EQ(ask(passwords, "good").hash, sha512_of_x);
  EXPECT_FALSE(ask(passwords, "locked").known);
}

}  // namespace
}  // namespace towline::ssh
