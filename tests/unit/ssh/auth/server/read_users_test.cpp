#include "ssh/auth/server/read_users.hpp"

#include "unit/ssh/auth/server/password_hashes.hpp"
#include "unit/ssh/keys/key_files.hpp"
#include "unit/ssh/trust/host_keys.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace towline::ssh {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

KeyUse use_by(std::string_view user) {
  return {user, boost::asio::ip::make_address("10.0.0.1"), std::chrono::system_clock::now()};
}

TEST(ReadUsers, come_from_files_and_from_variables) {
  const KeyFiles files;
  files.write("keys", to_string(ed25519_key('a')) + "\nwhatever " + to_string(ed25519_key('b')) + '\n');
  files.write("passwords", "me:" + sha512_of_x + "\nyou:x\n");
  LoginOptions options;
  options.authorized_keys.file = files.path("keys");
  options.authorities.text = std::make_shared<const text::Secret>(to_string(ed25519_key('c')));
  options.passwords.file = files.path("passwords");
  const auto read = read_users(options);
  EXPECT_TRUE(read.whole);
  EXPECT_TRUE(read.users.judge(ed25519_key('a'), use_by("me")).accepted());
  EXPECT_EQ(read.users.authorities.size(), 1U);
  EXPECT_FALSE(read.users.passwords.empty());
  EXPECT_THAT(read.problems,
              ElementsAre("line 2 of " + files.path("keys") +
                              " is refused: the option \"whatever\" is not known here",
                          HasSubstr("line 2 of " + files.path("passwords") + " is refused: ")));
  EXPECT_THAT(read_users({}).problems, IsEmpty());
}

TEST(ReadUsers, of_a_folder_have_a_file_each) {
  const KeyFiles files;
  files.run("mkdir -p users/folder");
  files.write("users/me", to_string(ed25519_key('a')));
  files.write("users/you", "x");
  files.write("users/.hidden", to_string(ed25519_key('b')));
  LoginOptions options;
  options.authorized_keys.file = files.path("users");
  const auto read = read_users(options);
  EXPECT_TRUE(read.users.judge(ed25519_key('a'), use_by("me")).accepted());
  EXPECT_FALSE(read.users.judge(ed25519_key('a'), use_by("you")).accepted());
  for (const auto* user : {".hidden", "folder/../.hidden", "hidden"})
    EXPECT_FALSE(read.users.judge(ed25519_key('b'), use_by(user)).accepted()) << user;
  EXPECT_THAT(read.problems, ElementsAre(HasSubstr("line 1 of " + files.path("users/you"))));
}

TEST(ReadUsers, of_a_file_that_cannot_be_read_are_nobody) {
  const KeyFiles files;
  LoginOptions options;
  options.authorized_keys.file = files.path("none");
  auto read = read_users(options);
  EXPECT_FALSE(read.whole);
  EXPECT_TRUE(read.users.keys.empty());
  EXPECT_THAT(read.problems, ElementsAre(HasSubstr(files.path("none") + ": No such file")));
  files.run("mkdir users");
  files.write("users/large", std::string(64 * 1024 + 1, '\n'));
  options.authorized_keys.file = files.path("users");
  read = read_users(options);
  EXPECT_FALSE(read.whole);
  EXPECT_THAT(read.problems, ElementsAre(HasSubstr("larger than any key")));
}

TEST(ReadUsers, have_another_stamp_after_a_change) {
  const KeyFiles files;
  files.run("mkdir users");
  LoginOptions options;
  EXPECT_EQ(users_stamp(options), "");
  options.authorized_keys.file = files.path("users");
  options.passwords.file = files.path("passwords");
  const auto before = users_stamp(options);
  EXPECT_EQ(users_stamp(options), before);
  files.write("users/me", "x");
  const auto with_me = users_stamp(options);
  EXPECT_NE(with_me, before);
  files.write("users/me", "xy");
  const auto longer = users_stamp(options);
  EXPECT_NE(longer, with_me);
  files.write("passwords", "");
  EXPECT_NE(users_stamp(options), longer);
}

}  // namespace
}  // namespace towline::ssh
