#include "ssh/keys/host_key.hpp"

#include "text/base64.hpp"
#include "unit/ssh/wire/wire_string.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace towline::ssh {
namespace {

using testing::ElementsAre;

// Made with ssh-keygen; the fingerprint is what ssh-keygen -l says of it.
constexpr std::string_view ed25519_base64 =
    "AAAAC3NzaC1lZDI1NTE5AAAAIKqwySsS6e1Zz1amBBuVWAx+/Q7yJ+O9XwwhwtjAM4vT";
constexpr std::string_view p256_base64 =
    "AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBCf4XG1bPF2xHKgLpAGbar08YH6L4TtyY3TJDX"
    "1shXKCVDhmqT7KNgttiD6y1y43GBj61GOovgnCIO9NMfAetsg=";

std::optional<HostKey> parse_blob(const std::string& blob) {
  const auto* data = reinterpret_cast<const std::uint8_t*>(blob.data());
  return parse_host_key(std::span(data, blob.size()));
}

TEST(HostKey, is_read_from_its_two_words) {
  const HostKey key = parse_host_key("ssh-ed25519", ed25519_base64).value();
  EXPECT_EQ(key.type, "ssh-ed25519");
  EXPECT_EQ(key.blob.size(), 51U);
  EXPECT_EQ(to_string(key), "ssh-ed25519 " + std::string(ed25519_base64));
  EXPECT_EQ(parse_host_key(key.blob), key);
}

TEST(HostKey, fingerprint_is_the_one_that_ssh_keygen_prints) {
  EXPECT_EQ(fingerprint(parse_host_key("ssh-ed25519", ed25519_base64).value()),
            "SHA256:8MUDrTPC4ru7kweZPQxSj391ZeXpHheTc3CvOhjEtv0");
  EXPECT_EQ(fingerprint(parse_host_key("ecdsa-sha2-nistp256", p256_base64).value()),
            "SHA256:jGLvNj+QzpY52oQv8f06IWfk1ejrJLAb9L9qnRac7Dk");
}

TEST(HostKey, type_must_be_the_one_inside_the_blob) {
  EXPECT_FALSE(parse_host_key("ssh-rsa", ed25519_base64));
  EXPECT_FALSE(parse_host_key("ecdsa-sha2-nistp384", p256_base64));
  EXPECT_FALSE(parse_host_key("", ed25519_base64));
}

TEST(HostKey, rsa_sha2_names_mean_an_ssh_rsa_key) {
  const std::string blob =
      wire_string("ssh-rsa") + wire_string("\x01\x01\x01") + wire_string(std::string(256, '\x7f'));
  const auto base64 = text::to_base64(std::vector<std::uint8_t>(blob.begin(), blob.end()));
  for (const auto* type : {"ssh-rsa", "rsa-sha2-256", "rsa-sha2-512"}) {
    EXPECT_EQ(parse_host_key(type, base64).value().type, "ssh-rsa") << type;
  }
}

TEST(HostKey, every_type_is_read_whole_or_not_at_all) {
  const std::string point(65, '\x04');
  const std::string whole[] = {
      wire_string("ssh-ed25519") + wire_string(std::string(32, 'k')),
      wire_string("ecdsa-sha2-nistp256") + wire_string("nistp256") + wire_string(point),
      wire_string("ecdsa-sha2-nistp384") + wire_string("nistp384") + wire_string(std::string(97, '\x04')),
      wire_string("ecdsa-sha2-nistp521") + wire_string("nistp521") + wire_string(std::string(133, '\x04')),
      wire_string("ssh-rsa") + wire_string("\x03") + wire_string(std::string(128, '\x7f')),
      wire_string("ssh-dss") + wire_string("p") + wire_string("q") + wire_string("g") + wire_string("y"),
      wire_string("sk-ssh-ed25519@openssh.com") + wire_string(std::string(32, 'k')) + wire_string("ssh:"),
      wire_string("sk-ecdsa-sha2-nistp256@openssh.com") + wire_string("nistp256") + wire_string(point) +
          wire_string("ssh:"),
  };
  for (const auto& blob : whole) {
    EXPECT_TRUE(parse_blob(blob)) << blob;
    EXPECT_FALSE(parse_blob(blob + '\0')) << blob;
    for (std::size_t size = 0; size < blob.size(); ++size)
      EXPECT_FALSE(parse_blob(blob.substr(0, size))) << size;
  }
}

TEST(HostKey, wrong_sizes_curves_and_types_are_refused) {
  const std::string point(65, '\x04');
  const std::string rows[] = {
      wire_string("ssh-ed25519") + wire_string(std::string(31, 'k')),
      wire_string("ecdsa-sha2-nistp256") + wire_string("nistp384") + wire_string(point),
      wire_string("ecdsa-sha2-nistp256") + wire_string("nistp256") + wire_string(point + '\x04'),
      wire_string("ssh-rsa") + wire_string("\x03") + wire_string(std::string(96, '\x7f')),  // 768 bits
      wire_string("ssh-ed25519-cert-v01@openssh.com") + wire_string(std::string(32, 'k')),
      wire_string("ssh-unheard-of") + wire_string("k"),
      std::string("\xff\xff\xff\xff") + "ssh-rsa",
  };
  for (const auto& blob : rows) EXPECT_FALSE(parse_blob(blob)) << blob;
}

TEST(HostKeyAlgorithms, without_a_known_key_follow_the_default_order) {
  EXPECT_THAT(host_key_algorithms({}),
              ElementsAre("ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521",
                          "rsa-sha2-512", "rsa-sha2-256"));
}

TEST(HostKeyAlgorithms, a_known_rsa_key_brings_both_sha2_signatures_first) {
  const std::string known[] = {"ssh-rsa"};
  EXPECT_THAT(host_key_algorithms(known),
              ElementsAre("rsa-sha2-512", "rsa-sha2-256", "ssh-ed25519", "ecdsa-sha2-nistp256",
                          "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521"));
}

TEST(HostKeyAlgorithms, keep_their_order_among_the_known) {
  const std::string known[] = {"ssh-rsa", "ssh-dss", "ecdsa-sha2-nistp521"};
  EXPECT_THAT(host_key_algorithms(known),
              ElementsAre("ecdsa-sha2-nistp521", "rsa-sha2-512", "rsa-sha2-256", "ssh-ed25519",
                          "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384"));
}

TEST(HostKeyAlgorithms, for_certificates_come_before_all_when_they_are_wanted) {
  const std::string known[] = {"ssh-rsa"};
  const auto wanted = host_key_algorithms(known, true);
  ASSERT_EQ(wanted.size(), 12U);
  EXPECT_EQ(wanted[0], "ssh-ed25519-cert-v01@openssh.com");
  EXPECT_EQ(wanted[5], "rsa-sha2-256-cert-v01@openssh.com");
  EXPECT_EQ(wanted[6], "rsa-sha2-512");
  EXPECT_EQ(wanted[8], "ssh-ed25519");
}

}  // namespace
}  // namespace towline::ssh
