#include "ssh/transport/server/server_keys.hpp"

#include "ssh/wire/error.hpp"
#include "unit/ssh/transport/server/made_keys.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace towline::ssh {
namespace {

using testing::HasSubstr;

TEST(ServerKeys, each_kind_of_key_signs_with_its_algorithms_in_our_order) {
  const MadeKeys made{"rsa -b 2048", "ed25519", "ecdsa -b 384"};
  const auto keys = ServerKeys::import(made.keys);
  ASSERT_TRUE(keys) << keys.error().message();
  EXPECT_EQ(keys->algorithms().host_key, "ssh-ed25519,ecdsa-sha2-nistp384,rsa-sha2-512,rsa-sha2-256");
  EXPECT_EQ(*keys->key_for("rsa-sha2-256"), made.keys[0].public_key());
  EXPECT_EQ(*keys->key_for("ssh-ed25519"), made.keys[1].public_key());
  EXPECT_EQ(keys->key_for("ecdsa-sha2-nistp256"), nullptr);
  EXPECT_EQ(keys->key_for("ssh-rsa"), nullptr) << "SHA-1";
}

TEST(ServerKeys, a_certificate_is_shown_in_the_place_of_its_key_and_offered_first) {
  const Keygen keygen;
  for (const auto* name : {"rsa", "ed25519", "ca"}) keygen.make(name, *name == 'c' ? "ed25519" : name);
  std::vector<SigningKey> keys;
  for (const auto* name : {"rsa", "ed25519"})
    keys.push_back(read_private_key(TextSource{.file = keygen.path(name)}, "").value());
  const std::vector certificates{parse_host_certificate(keygen.certify("rsa", "ca", "-h")).value()};
  const auto server = ServerKeys::import(keys, {}, certificates);
  ASSERT_TRUE(server) << server.error().message();
  EXPECT_EQ(server->algorithms().host_key,
            "rsa-sha2-512-cert-v01@openssh.com,rsa-sha2-256-cert-v01@openssh.com,ssh-ed25519,rsa-sha2-512,"
            "rsa-sha2-256");
  EXPECT_EQ(server->shown_for("rsa-sha2-256-cert-v01@openssh.com")->blob, certificates[0].blob);
  EXPECT_EQ(*server->shown_for("rsa-sha2-256"), keys[0].public_key());
  EXPECT_EQ(server->shown_for("ssh-ed25519-cert-v01@openssh.com"), nullptr);
  EXPECT_EQ(server->shown_for("ssh-rsa-cert-v01@openssh.com"), nullptr) << "SHA-1";
}

TEST(ServerKeys, what_is_offered_is_post_quantum_first_and_nothing_weak) {
  const auto keys = ServerKeys::import(MadeKeys{"ed25519"}.keys);
  ASSERT_TRUE(keys);
  EXPECT_THAT(keys->algorithms().key_exchange, testing::StartsWith("mlkem768x25519-sha256,"));
  EXPECT_THAT(keys->algorithms().key_exchange, testing::Not(HasSubstr("diffie-hellman")));
  EXPECT_THAT(keys->algorithms().key_exchange, testing::Not(HasSubstr("nistp")));
  EXPECT_EQ(keys->algorithms().mac, "hmac-sha2-256-etm@openssh.com,hmac-sha2-512-etm@openssh.com");
}

TEST(ServerKeys, a_wish_is_heeded) {
  const auto keys = ServerKeys::import(MadeKeys{"ed25519"}.keys,
                                       {.key_exchange = "-sntrup*,mlkem*", .cipher = "aes256-ctr"});
  ASSERT_TRUE(keys);
  EXPECT_EQ(keys->algorithms().key_exchange, "curve25519-sha256,curve25519-sha256@libssh.org");
  EXPECT_EQ(keys->algorithms().cipher, "aes256-ctr");
}

TEST(ServerKeys, of_two_of_a_kind_the_second_is_refused) {
  const auto keys = ServerKeys::import(MadeKeys{"ecdsa -b 256", "ecdsa -b 521"}.keys);
  ASSERT_FALSE(keys);
  EXPECT_EQ(keys.error().code, errc::key_file_invalid);
  EXPECT_THAT(keys.error().detail, HasSubstr("ecdsa-sha2-nistp521 is a second"));
}

TEST(ServerKeys, without_a_key_there_is_no_server) {
  const auto keys = ServerKeys::import({});
  ASSERT_FALSE(keys);
  EXPECT_EQ(keys.error().code, errc::key_file_invalid);
}

}  // namespace
}  // namespace towline::ssh
