#include "ssh/keys/openssh_key.hpp"

#include "ssh/keys/evp_key.hpp"
#include "ssh/keys/key_derivation.hpp"
#include "ssh/keys/private_key.hpp"
#include "ssh/wire/error.hpp"
#include "text/base64.hpp"
#include "unit/ssh/keys/key_files.hpp"

#include <gtest/gtest.h>
#include <openssl/evp.h>

#include <string>

namespace towline::ssh {
namespace {

std::string encrypted_key(const std::string& more = "") {
  KeyFiles files;
  files.run("ssh-keygen -q -t ed25519 -N secret -a 4 -f key " + more);
  return files.read("key");
}

TEST(OpensshKey, shows_the_public_half_without_a_passphrase) {
  const auto file = parse_openssh_key(encrypted_key());
  EXPECT_FALSE(file.damaged());
  EXPECT_TRUE(file.encrypted());
  EXPECT_EQ(file.cipher, "aes256-ctr");
  EXPECT_EQ(file.derivation, "bcrypt");
  EXPECT_EQ(file.rounds, 4U);
  EXPECT_EQ(file.salt.size(), 16U);
}

TEST(OpensshKey, opens_with_its_passphrase_only) {
  const auto file = parse_openssh_key(encrypted_key());
  EXPECT_TRUE(open_openssh_key(file, "secret"));
  EXPECT_EQ(open_openssh_key(file, "Secret").error().code, errc::passphrase_wrong);
  EXPECT_EQ(open_openssh_key(file, "").error().code, errc::key_file_needs_passphrase);
}

TEST(OpensshKey, that_was_tampered_with_does_not_open) {
  for (const auto* cipher : {"-Z aes256-gcm@openssh.com", "-Z chacha20-poly1305@openssh.com"}) {
    auto file = parse_openssh_key(encrypted_key(cipher));
    ASSERT_EQ(file.tag.size(), 16U);
    ASSERT_TRUE(open_openssh_key(file, "secret")) << cipher;
    auto changed = file;
    changed.private_half.back() ^= 1U;
    EXPECT_FALSE(open_openssh_key(changed, "secret")) << cipher;
    changed = file;
    changed.tag.front() ^= 1U;
    EXPECT_FALSE(open_openssh_key(changed, "secret")) << cipher;
    changed.tag.clear();
    EXPECT_FALSE(open_openssh_key(changed, "secret")) << cipher;
  }
}

TEST(OpensshKey, that_wants_more_work_than_a_lifetime_is_damaged) {
  auto file = parse_openssh_key(encrypted_key());
  for (const std::uint32_t rounds : {0U, 65'537U, 0xFFFFFFFFU}) {
    file.rounds = rounds;
    EXPECT_EQ(open_openssh_key(file, "secret").error().code, errc::key_file_invalid) << rounds;
  }
}

TEST(OpensshKey, of_an_unknown_encryption_is_named) {
  auto file = parse_openssh_key(encrypted_key());
  file.cipher = "rot13";
  const auto failure = open_openssh_key(file, "secret").error();
  EXPECT_EQ(failure.code, errc::key_file_invalid);
  EXPECT_NE(failure.detail.find("rot13"), std::string::npos);
}

TEST(OpensshKey, cut_off_anywhere_is_damaged_and_no_crash) {
  KeyFiles files;
  files.run("ssh-keygen -q -t ecdsa -N '' -f key");
  const auto whole = open_openssh_key(parse_openssh_key(files.read("key")), "");
  ASSERT_TRUE(whole);
  ASSERT_TRUE(evp_key(*whole));
  // Up to the end of the last number of the key; a comment and padding follow.
  for (std::size_t size = 0; size + 32 < whole->size(); ++size) {
    const auto part = evp_key(Bytes(*whole).first(size));
    if (size < 100) EXPECT_EQ(part, nullptr) << size;
  }
}

// Test vector of OpenBSD's regress/lib/libutil/bcrypt_pbkdf.
TEST(KeyDerivation, is_bcrypt_pbkdf) {
  const std::string salt = "salt";
  const auto key =
      bcrypt_pbkdf("password", {reinterpret_cast<const std::uint8_t*>(salt.data()), salt.size()}, 4, 32);
  const std::uint8_t expected[] = {0x5b, 0xbf, 0x0c, 0xc2, 0x93, 0x58, 0x7f, 0x1c, 0x36, 0x35, 0x55,
                                   0x5c, 0x27, 0x79, 0x65, 0x98, 0xd4, 0x7e, 0x57, 0x90, 0x71, 0xbf,
                                   0x42, 0x7e, 0x9d, 0x8f, 0xbe, 0x84, 0x2a, 0xba, 0x34, 0xd9};
  EXPECT_TRUE(std::equal(key.begin(), key.end(), std::begin(expected), std::end(expected)));
  EXPECT_TRUE(bcrypt_pbkdf("", {}, 0, 32).empty());
}

}  // namespace
}  // namespace towline::ssh
