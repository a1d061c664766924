#include "endpoint/user_files.hpp"

#include "unit/async/turns.hpp"
#include "unit/ssh/keys/key_files.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace towline::endpoint {
namespace {

using testing::HasSubstr;

struct UserFilesTest : testing::Test, Turns {
  ~UserFilesTest() override { stop(); }

  static Task<bool> watch(UserFiles& users) {
    co_await users.watch();
    co_return true;
  }

  std::string lines;
  const observe::Log log{observe::Options{}, [this](std::string_view line) { lines += line; }};
  const ssh::KeyFiles files;
  std::optional<bool> watched;
};

TEST_F(UserFilesTest, are_read_at_once_and_again_when_they_have_changed) {
  files.run("ssh-keygen -q -t ed25519 -N '' -f one && cp one.pub keys");
  UserFiles users({.authorized_keys = {.file = files.path("keys")}}, log);
  EXPECT_EQ(users.now()->keys.size(), 1U);
  const auto before = users.now();
  begin(watch(users), watched);
  files.run("ssh-keygen -q -t ed25519 -N '' -f two && cat two.pub >> keys");
  turn_until([&] { return users.now() != before; });
  EXPECT_EQ(users.now()->keys.size(), 2U);
  EXPECT_EQ(before->keys.size(), 1U) << "a login that runs has what it began with";
}

TEST_F(UserFilesTest, that_cannot_be_read_let_nobody_in_and_say_so) {
  const UserFiles users({.authorized_keys = {.file = files.path("none")}}, log);
  EXPECT_TRUE(users.now()->keys.empty());
  EXPECT_THAT(lines, HasSubstr("client.users"));
  EXPECT_THAT(lines, HasSubstr(files.path("none")));
}

TEST_F(UserFilesTest, need_no_watch_where_there_are_none) {
  UserFiles users({}, log);
  begin(watch(users), watched);
  turn();
  EXPECT_TRUE(watched);
}

}  // namespace
}  // namespace towline::endpoint
