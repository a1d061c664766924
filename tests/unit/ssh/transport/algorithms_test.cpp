#include "ssh/transport/algorithms.hpp"

#include <gtest/gtest.h>

namespace towline::ssh {
namespace {

const AlgorithmNames host_keys = {"ssh-ed25519", "rsa-sha2-512"};

TEST(Algorithms, without_a_wish_are_our_own_lists) {
  const auto algorithms = algorithms_for({}, host_keys);
  const std::string ml_kem = has_ml_kem ? "mlkem768x25519-sha256," : "";
  EXPECT_EQ(algorithms.key_exchange,
            ml_kem +
                "curve25519-sha256,curve25519-sha256@libssh.org,ecdh-sha2-nistp256,ecdh-sha2-nistp384,"
                "ecdh-sha2-nistp521");
  EXPECT_EQ(algorithms.host_key, "ssh-ed25519,rsa-sha2-512");
  EXPECT_EQ(
      algorithms.cipher,
      "aes128-gcm@openssh.com,aes256-gcm@openssh.com,chacha20-poly1305@openssh.com,aes256-ctr,aes192-ctr,"
      "aes128-ctr");
  EXPECT_EQ(algorithms.mac,
            "hmac-sha2-256-etm@openssh.com,hmac-sha2-512-etm@openssh.com,hmac-sha2-256,hmac-sha2-512");
  EXPECT_EQ(
      algorithms.signature,
      "ssh-ed25519-cert-v01@openssh.com,ecdsa-sha2-nistp256-cert-v01@openssh.com,"
      "ecdsa-sha2-nistp384-cert-v01@openssh.com,ecdsa-sha2-nistp521-cert-v01@openssh.com,"
      "rsa-sha2-512-cert-v01@openssh.com,rsa-sha2-256-cert-v01@openssh.com,"
      "sk-ssh-ed25519-cert-v01@openssh.com,sk-ecdsa-sha2-nistp256-cert-v01@openssh.com,"
      "ssh-ed25519,ecdsa-sha2-nistp256,ecdsa-sha2-nistp384,ecdsa-sha2-nistp521,rsa-sha2-512,rsa-sha2-256,"
      "sk-ssh-ed25519@openssh.com,sk-ecdsa-sha2-nistp256@openssh.com");
}

TEST(Algorithms, follow_each_wish_in_its_own_list) {
  const auto algorithms = algorithms_for({.key_exchange = "ecdh-sha2-nistp256",
                                          .host_key = "^rsa-sha2-512",
                                          .cipher = "-*gcm*,aes*",
                                          .mac = "hmac-sha2-512,hmac-sha2-256",
                                          .signature = "ssh-ed25519,rsa-sha2-256"},
                                         host_keys);
  EXPECT_EQ(algorithms.key_exchange, "ecdh-sha2-nistp256");
  EXPECT_EQ(algorithms.host_key, "rsa-sha2-512,ssh-ed25519");
  EXPECT_EQ(algorithms.cipher, "chacha20-poly1305@openssh.com");
  EXPECT_EQ(algorithms.mac, "hmac-sha2-512,hmac-sha2-256");
  EXPECT_EQ(algorithms.signature, "ssh-ed25519,rsa-sha2-256");
}

TEST(Algorithms, agreed_on_have_no_mac_beside_a_cipher_that_authenticates_itself) {
  EXPECT_EQ(negotiated_way("aes256-ctr", "hmac-sha2-256").mac, "hmac-sha2-256");
  for (const auto* cipher : {"aes128-gcm@openssh.com", "chacha20-poly1305@openssh.com"})
    EXPECT_EQ(negotiated_way(cipher, "hmac-sha2-256"), (Negotiated::Way{cipher, ""}));
}

TEST(Algorithms, never_hold_what_is_forbidden_and_are_never_empty) {
  const auto ours = algorithms_for({}, host_keys);
  const auto algorithms = algorithms_for({.key_exchange = "diffie-hellman-group1-sha1",
                                          .host_key = "+ssh-rsa",
                                          .cipher = "+aes128-cbc",
                                          .mac = "hmac-md5",
                                          .signature = "ssh-rsa"},
                                         host_keys);
  EXPECT_EQ(algorithms.key_exchange, ours.key_exchange);
  EXPECT_EQ(algorithms.host_key, ours.host_key);
  EXPECT_EQ(algorithms.cipher, ours.cipher);
  EXPECT_EQ(algorithms.mac, ours.mac);
  EXPECT_EQ(algorithms.signature, ours.signature);
}

}  // namespace
}  // namespace towline::ssh
