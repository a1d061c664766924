#include "ssh/keys/certificate.hpp"

#include "ssh/wire/writer.hpp"
#include "unit/ssh/keys/keygen.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace towline::ssh {
namespace {

using testing::ElementsAre;

TEST(Certificate, of_a_host_and_of_a_user_are_read_alike) {
  Keygen keygen;
  keygen.make("ca");
  keygen.make("key");
  for (const auto kind : {Certificate::Kind::user, Certificate::Kind::host}) {
    const std::string host = kind == Certificate::Kind::host ? "-h " : "";
    const auto read = parse_certificate(keygen.certify("key", "ca", host + "-n a,b -z 7"));
    ASSERT_TRUE(read);
    EXPECT_EQ(read->type, "ssh-ed25519-cert-v01@openssh.com");
    EXPECT_EQ(read->kind, kind);
    EXPECT_EQ(read->key, keygen.key("key"));
    EXPECT_EQ(read->authority, keygen.key("ca"));
    EXPECT_EQ(read->serial, 7U);
    EXPECT_THAT(read->principals, ElementsAre("a", "b"));
    EXPECT_EQ(read->valid_before, for_ever);
  }
}

// By hand: there is no ssh-keygen for what it does not know.
text::SecretBytes made_of(std::string_view type, std::uint32_t kind, Bytes authority) {
  const std::vector<std::uint8_t> point(32, 1);
  MessageWriter message;
  message.string(type).string("nonce").bytes(point).u32(0).u32(1).u32(kind).string("id").string("");
  message.u32(0).u32(0).u32(0).u32(1).string("").string("").string("").bytes(authority).string("signature");
  return message.take();
}

TEST(Certificate, by_an_authority_of_an_unknown_type_has_none) {
  MessageWriter strange;
  strange.string("ssh-strange").string("point");
  const auto read = parse_certificate(made_of("ssh-ed25519-cert-v01@openssh.com", 1, strange.take()));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->authority, std::nullopt);
  EXPECT_EQ(read->valid_before, 1U);
}

TEST(Certificate, of_an_unknown_type_or_kind_is_none) {
  EXPECT_TRUE(parse_certificate(made_of("ssh-ed25519-cert-v01@openssh.com", 2, {})));
  EXPECT_FALSE(parse_certificate(made_of("ssh-ed25519-cert-v01@openssh.com", 3, {})));
  EXPECT_FALSE(parse_certificate(made_of("ssh-strange-cert-v01@openssh.com", 2, {})));
}

TEST(Certificate, type_is_known_by_its_end) {
  EXPECT_TRUE(is_certificate_type("ssh-rsa-cert-v01@openssh.com"));
  EXPECT_FALSE(is_certificate_type("ssh-rsa"));
  EXPECT_FALSE(is_certificate_type("ssh-rsa-cert-v00@openssh.com"));
}

TEST(Certificate, times_are_utc) {
  EXPECT_EQ(time_text(0), "1970-01-01T00:00:00Z");
  EXPECT_EQ(time_text(1'577'934'245), "2020-01-02T03:04:05Z");
  EXPECT_EQ(time_text(for_ever), "the end of time");
}

}  // namespace
}  // namespace towline::ssh
