#include "ssh/auth/server/known_users.hpp"

#include "unit/ssh/trust/host_keys.hpp"

#include <gtest/gtest.h>

namespace towline::ssh {
namespace {

KeyUse by(std::string_view user) {
  return {user, boost::asio::ip::make_address("10.0.0.1"), std::chrono::system_clock::now()};
}

TEST(KnownUsers, one_file_is_for_all_and_a_folder_has_one_for_each) {
  KnownUsers users;
  users.keys.add(to_string(ed25519_key('a')), "all");
  users.keys_of["me"].add(to_string(ed25519_key('b')), "me");
  EXPECT_EQ(users.judge(ed25519_key('a'), by("you")).file, "all");
  EXPECT_EQ(users.judge(ed25519_key('b'), by("me")).file, "me");
  EXPECT_EQ(users.judge(ed25519_key('b'), by("you")).refusal, Refusal::key_unknown);
  EXPECT_EQ(users.judge(ed25519_key('b'), by("")).refusal, Refusal::key_unknown);
  EXPECT_EQ(users.judge(ed25519_key('b'), by("ME")).refusal, Refusal::key_unknown);
}

TEST(KnownUsers, the_reason_is_of_who_knows_the_key) {
  KnownUsers users;
  users.keys.add("from=\"11.0.0.1\" " + to_string(ed25519_key('a')), "all");
  users.keys_of["me"].add(to_string(ed25519_key('b')), "me");
  EXPECT_EQ(users.judge(ed25519_key('a'), by("me")).refusal, Refusal::address_not_permitted);
  users.keys_of["me"].add(to_string(ed25519_key('a')), "me");
  EXPECT_TRUE(users.judge(ed25519_key('a'), by("me")).accepted());
}

TEST(KnownUsers, a_file_of_a_user_is_no_path) {
  for (const auto* name : {"me", "m", "a.b", "user@host", "üser"}) EXPECT_TRUE(is_user_file(name)) << name;
  for (const std::string& name :
       {std::string(), std::string("."), std::string(".."), std::string(".hidden"), std::string("a/b"),
        std::string("/"), std::string("a\nb"), std::string("a\0b", 3), std::string(256, 'x')})
    EXPECT_FALSE(is_user_file(name)) << name;
}

}  // namespace
}  // namespace towline::ssh
