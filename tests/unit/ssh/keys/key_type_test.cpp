#include "ssh/keys/key_type.hpp"

#include <gtest/gtest.h>

#include <string>

namespace towline::ssh {
namespace {

TEST(KeyType, is_found_by_its_name_and_by_that_of_its_certificates) {
  for (const auto& type : key_types) {
    EXPECT_EQ(find_key_type(type.name), &type);
    EXPECT_EQ(find_certified_type(type.name), nullptr) << type.name;
    if (type.certificate.empty()) continue;
    EXPECT_EQ(find_certified_type(type.certificate), &type);
    EXPECT_EQ(find_key_type(type.certificate), nullptr) << type.certificate;
    EXPECT_TRUE(type.certificate.ends_with(certificate_suffix)) << type.certificate;
  }
  for (const auto* name : {"", "ssh-dss-cert-v01@openssh.com", "ssh-strange", "rsa-sha2-512"}) {
    EXPECT_EQ(find_key_type(name), nullptr) << name;
    EXPECT_EQ(find_certified_type(name), nullptr) << name;
  }
}

TEST(KeyType, has_the_fields_of_its_blob) {
  const std::pair<const char*, int> rows[] = {
      {"ssh-ed25519", 1}, {"ecdsa-sha2-nistp521", 2},        {"ssh-rsa", 2},
      {"ssh-dss", 4},     {"sk-ssh-ed25519@openssh.com", 2}, {"sk-ecdsa-sha2-nistp256@openssh.com", 3}};
  for (const auto& [name, count] : rows) EXPECT_EQ(find_key_type(name)->field_count(), count) << name;
}

TEST(SignatureAlgorithm, is_of_a_key_that_signs_without_hardware_and_without_sha1) {
  for (const auto& algorithm : signature_algorithms) {
    EXPECT_EQ(find_signature_algorithm(algorithm.name), &algorithm);
    const auto* type = find_key_type(algorithm.key_type);
    ASSERT_NE(type, nullptr) << algorithm.name;
    EXPECT_EQ(algorithm.digest == nullptr, type->kind == KeyKind::ed25519) << algorithm.name;
  }
  for (const auto* name : {"", "ssh-rsa", "ssh-dss", "sk-ssh-ed25519@openssh.com"})
    EXPECT_EQ(find_signature_algorithm(name), nullptr) << name;
}

}  // namespace
}  // namespace towline::ssh
