#include "ssh/auth/server/password_hash.hpp"

#include "unit/ssh/auth/server/password_hashes.hpp"

#include <gtest/gtest.h>

namespace towline::ssh {
namespace {

PasswordCheck check(std::string password, const std::string& hash, bool known = true) {
  return {text::Secret(std::move(password)), hash, known};
}

TEST(PasswordHash, takes_the_right_password) {
  EXPECT_TRUE(is_right(check("x", sha512_of_x)));
  EXPECT_TRUE(is_right(check("x", yescrypt_of_x)));
}

TEST(PasswordHash, refuses_every_other) {
  for (const auto& hash : {sha512_of_x, yescrypt_of_x}) {
    for (const std::string& password :
         {std::string(), std::string("X"), std::string("xx"), std::string("x\0y", 3), std::string("x\0", 2),
          std::string(511, 'x'), std::string(1'024, 'x')})
      EXPECT_FALSE(is_right(check(password, hash))) << password;
  }
  EXPECT_FALSE(is_right(check("x", sha512_of_x, false))) << "nobody's";
  for (const auto* hash : {"", "x", "*", "*0", "!", "$6$", "$6$abc$", "$6$abc$short", "$9$abc$x"})
    EXPECT_FALSE(is_right(check("x", hash))) << hash;
}

TEST(PasswordHash, is_one_of_the_strong_kinds) {
  const std::string strong[] = {sha512_of_x, yescrypt_of_x,
                                "$2y$05$abcdefghijklmnopqrstuu5s7fw1ENHQdBQPAPs8X0d5Mvm2QF4gq",
                                "$5$abc$sCOGUciM.GdmYMCUvmUcgu03oRH87O0clF96.9mwWGB"};
  for (const auto& hash : strong) EXPECT_TRUE(is_password_hash(hash)) << hash;
  for (const auto* hash :
       {"", "x", "password", "!", "*", "!$6$abc$x", "$1$abc$Wc8pZ5vHVRTiRkZQP6Ft1.", "abJnggxhB/yWI",
        "$6$abc$", "$6$abc$short", "$6$", "$y$", "$3$$8846f7eaee8fb117ad06bdd830b7586c", "{SHA}x"})
    EXPECT_FALSE(is_password_hash(hash)) << hash;
  EXPECT_FALSE(is_password_hash("$6$abc$" + std::string(400, 'x')));
}

}  // namespace
}  // namespace towline::ssh
