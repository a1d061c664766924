#include "ssh/keys/evp_key.hpp"

#include "unit/ssh/keys/keygen.hpp"

#include <gtest/gtest.h>

namespace towline::ssh {
namespace {

// Certificates are what ssh-keygen signs most easily; that every kind of key is verified is for
// host_certificate_test.cpp to show.
class Signature : public testing::TestWithParam<std::pair<const char*, const char*>> {
 protected:
  Signature() {
    keygen_.make("ca", GetParam().second);
    keygen_.make("host");
    certificate_ = parse_host_certificate(keygen_.certify("host", "ca", "-h")).value();
  }

  bool verifies(std::span<const std::uint8_t> data, std::span<const std::uint8_t> signature) const {
    return is_signed_by(*certificate_.authority, data, signature);
  }

  Keygen keygen_;
  Certificate certificate_;
};

TEST_P(Signature, is_that_of_its_key_and_its_data_alone) {
  EXPECT_TRUE(verifies(certificate_.signed_part, certificate_.signature));
  auto data = certificate_.signed_part;
  data.back() ^= 1;
  EXPECT_FALSE(verifies(data, certificate_.signature));
  keygen_.make("other", GetParam().second);
  EXPECT_FALSE(is_signed_by(keygen_.key("other"), certificate_.signed_part, certificate_.signature));
  EXPECT_FALSE(is_signed_by(keygen_.key("host"), certificate_.signed_part, certificate_.signature));
}

TEST_P(Signature, cut_short_too_long_or_changed_is_none) {
  auto& signature = certificate_.signature;
  for (std::size_t size = 0; size < signature.size(); ++size)
    EXPECT_FALSE(verifies(certificate_.signed_part, std::span(signature).first(size))) << size;
  for (auto& byte : signature) {
    byte ^= 1;
    EXPECT_FALSE(verifies(certificate_.signed_part, signature));
    byte ^= 1;
  }
  signature.push_back(0);
  EXPECT_FALSE(verifies(certificate_.signed_part, signature));
}

TEST_P(Signature, must_name_the_algorithm_of_its_key) {
  auto& signature = certificate_.signature;
  const std::string other =
      GetParam().first == std::string("ed25519") ? "ecdsa-sha2-nistp256" : "ssh-ed25519";
  const auto name_end = signature.begin() + 4 + signature[3];
  std::vector<std::uint8_t> renamed{0, 0, 0, static_cast<std::uint8_t>(other.size())};
  renamed.insert(renamed.end(), other.begin(), other.end());
  renamed.insert(renamed.end(), name_end, signature.end());
  EXPECT_FALSE(verifies(certificate_.signed_part, renamed));
}

INSTANTIATE_TEST_SUITE_P(Keys, Signature,
                         testing::Values(std::pair("ed25519", "ed25519"), std::pair("p256", "ecdsa -b 256"),
                                         std::pair("p384", "ecdsa -b 384"), std::pair("p521", "ecdsa -b 521"),
                                         std::pair("rsa", "rsa -b 2048")),
                         [](const auto& info) { return std::string(info.param.first); });

}  // namespace
}  // namespace towline::ssh
