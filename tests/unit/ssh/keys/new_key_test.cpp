#include "ssh/keys/new_key.hpp"

#include "ssh/keys/signing_key.hpp"
#include "unit/ssh/keys/key_files.hpp"

#include <gtest/gtest.h>

namespace towline::ssh {
namespace {

TEST(NewKey, is_one_that_ssh_keygen_and_we_read) {
  const auto made = new_ed25519_key();
  ASSERT_TRUE(made);
  const auto key = SigningKey::parse(*made, {});
  ASSERT_TRUE(key) << key.error().message();
  const KeyFiles files;
  files.write("key", std::string(made->reveal()));
  files.run("chmod 600 key && ssh-keygen -y -P '' -f key > key.pub");
  EXPECT_EQ(files.fingerprint("key.pub"), fingerprint(key->public_key()));
}

TEST(NewKey, is_another_one_each_time) {
  EXPECT_NE(new_ed25519_key()->reveal(), new_ed25519_key()->reveal());
}

}  // namespace
}  // namespace towline::ssh
