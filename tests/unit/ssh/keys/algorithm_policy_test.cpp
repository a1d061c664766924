#include "ssh/keys/algorithm_policy.hpp"

#include <gtest/gtest.h>

#include <string>

namespace towline::ssh {
namespace {

const AlgorithmNames our_algorithms = {"a1", "a2", "b1"};

TEST(AlgorithmPolicy, a_wish_replaces_adds_removes_or_moves_to_the_front) {
  struct Row {
    std::string wish;
    AlgorithmNames names;
  };
  const Row rows[] = {
      {"", {"a1", "a2", "b1"}},
      {"b1,a1", {"b1", "a1"}},
      {"b1,b1", {"b1"}},
      {"+b1", {"a1", "a2", "b1"}},
      {"+x", {"a1", "a2", "b1"}},
      {"-a1", {"a2", "b1"}},
      {"-a*", {"b1"}},
      {"-?1", {"a2"}},
      {"-a1,b1", {"a2"}},
      {"-*", {}},
      {"-x", {"a1", "a2", "b1"}},
      {"^b1", {"b1", "a1", "a2"}},
      {"^b1,a2", {"b1", "a2", "a1"}},
      {"x,b1", {"b1"}},
      {"x", {}},
      {",,a1,", {"a1"}},
      {"^", {"a1", "a2", "b1"}},
  };
  for (const auto& [wish, names] : rows)
    EXPECT_EQ(choose_algorithms(wish, our_algorithms).names, names) << wish;
}

TEST(AlgorithmPolicy, a_name_we_do_not_have_is_broken_or_just_not_there) {
  for (const std::string prefix : {"", "+", "^"}) {
    const auto choice = choose_algorithms(prefix + "a1,3des-cbc,sntrup761x25519-sha512", our_algorithms);
    EXPECT_EQ(choice.forbidden, AlgorithmNames{"3des-cbc"});
    EXPECT_EQ(choice.unknown, AlgorithmNames{"sntrup761x25519-sha512"});
  }
  EXPECT_TRUE(choose_algorithms("-3des-cbc", our_algorithms).forbidden.empty()) << "leaving it out is fine";
}

TEST(AlgorithmPolicy, begins_with_ml_kem_where_openssl_has_it_and_tells_why_where_not) {
  const std::string ml_kem(known_key_exchange_names.front());
  EXPECT_EQ(has_ml_kem, OPENSSL_VERSION_NUMBER >= 0x30500000L);
  EXPECT_EQ(key_exchange_names.front(), has_ml_kem ? ml_kem : "curve25519-sha256");
  EXPECT_EQ(
      why_unavailable(ml_kem),
      has_ml_kem
          ? ""
          : "needs ML-KEM, which OpenSSL has since 3.5, and towline is built with " OPENSSL_VERSION_STR);
  EXPECT_EQ(why_unavailable("sntrup761x25519-sha512"), "") << "no OpenSSL has it";
}

TEST(AlgorithmPolicy, forbids_sha1_md5_cbc_and_what_is_older) {
  for (const auto* name : {"ssh-rsa", "ssh-rsa-cert-v01@openssh.com", "ssh-dss", "aes128-cbc", "3des-cbc",
                           "blowfish-cbc", "arcfour256", "hmac-md5", "hmac-sha1", "hmac-sha1-etm@openssh.com",
                           "hmac-ripemd160", "diffie-hellman-group1-sha1", "diffie-hellman-group14-sha1",
                           "diffie-hellman-group-exchange-sha1", "none"}) {
    EXPECT_TRUE(is_forbidden_algorithm(name)) << name;
  }
  for (const auto& list : {algorithm_names(key_exchange_names), algorithm_names(host_key_names),
                           algorithm_names(cipher_names), algorithm_names(mac_names)}) {
    for (const auto& name : list) EXPECT_FALSE(is_forbidden_algorithm(name)) << name;
  }
}

}  // namespace
}  // namespace towline::ssh
