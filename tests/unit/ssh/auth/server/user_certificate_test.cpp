#include "ssh/auth/server/user_certificate.hpp"

#include "ssh/wire/writer.hpp"
#include "unit/ssh/keys/keygen.hpp"

#include <gtest/gtest.h>

namespace towline::ssh {
namespace {

class UserCertificates : public testing::Test {
 protected:
  UserCertificates() {
    for (const auto* name : {"ca", "user"}) keygen_.make(name);
  }

  Certificate made(const std::string& options) const {
    return parse_certificate(keygen_.certify("user", "ca", options)).value();
  }
  CertificateVerdict judge(const Certificate& certificate,
                           const std::vector<std::string>& principals = {}) const {
    return judge_user_certificate(certificate, "me", principals, boost::asio::ip::make_address("10.0.0.1"),
                                  std::chrono::system_clock::now());
  }
  Refusal refusal(const std::string& options) const { return judge(made(options)).refusal; }

  Keygen keygen_;
};

std::vector<std::uint8_t> as_string(std::string_view text) {
  MessageWriter writer;
  const auto octets = writer.string(text).take();
  return {octets.begin(), octets.end()};
}

// What sshd says to the same is in openssh_authorized_keys_test.
TEST_F(UserCertificates, are_for_the_users_they_name) {
  EXPECT_EQ(refusal("-n me"), Refusal::none);
  EXPECT_EQ(refusal("-n you,me"), Refusal::none);
  EXPECT_EQ(refusal("-n you"), Refusal::certificate_not_for_user);
  EXPECT_EQ(refusal("-n 'm*'"), Refusal::certificate_not_for_user);
  EXPECT_EQ(refusal(""), Refusal::certificate_not_for_user) << "for nobody";
  EXPECT_EQ(judge(made("-n you"), {"us", "you"}).refusal, Refusal::none);
  EXPECT_EQ(judge(made("-n me"), {"us", "you"}).refusal, Refusal::certificate_not_for_user);
}

TEST_F(UserCertificates, have_a_time_and_a_kind) {
  EXPECT_EQ(refusal("-n me -V 20200101:20210101"), Refusal::certificate_expired);
  EXPECT_EQ(refusal("-n me -V 20900101:20910101"), Refusal::certificate_expired);
  EXPECT_EQ(refusal("-h -n me"), Refusal::certificate_invalid);
}

TEST_F(UserCertificates, that_were_changed_are_not_signed) {
  auto certificate = made("-n me");
  certificate.signed_part[40] ^= 1;
  EXPECT_EQ(judge(certificate).refusal, Refusal::certificate_invalid);
  certificate.authority.reset();
  EXPECT_EQ(judge(certificate).refusal, Refusal::certificate_unknown);
}

TEST_F(UserCertificates, demand_what_their_critical_options_say) {
  EXPECT_EQ(refusal("-n me -O source-address=10.0.0.0/8"), Refusal::none);
  EXPECT_EQ(refusal("-n me -O source-address=11.0.0.0/8"), Refusal::address_not_permitted);
  EXPECT_EQ(judge(made("-n me -O force-command='a b'")).permissions.command, "a b");
  EXPECT_EQ(refusal("-n me -O verify-required"), Refusal::certificate_option);
  const auto unknown = judge(made("-n me -O critical:a@b=c"));
  EXPECT_EQ(unknown.refusal, Refusal::certificate_option);
  EXPECT_EQ(unknown.detail, "a@b is not known here");
}

TEST_F(UserCertificates, with_damaged_options_are_refused) {
  const auto with = [&](const CertificateOption& critical, const CertificateOption& extension = {"x", {}}) {
    auto certificate = made("-n me");
    certificate.critical_options.push_back(critical);
    certificate.extensions.push_back(extension);
    return judge(certificate).refusal;
  };
  const CertificateOption command{"force-command", as_string("a")};
  EXPECT_EQ(with(command), Refusal::none);
  EXPECT_EQ(with({"force-command", {'a'}}), Refusal::certificate_option);
  EXPECT_EQ(with({"source-address", as_string("10.0.0.1/8")}), Refusal::certificate_option);
  EXPECT_EQ(with({"source-address", as_string("*")}), Refusal::certificate_option);
  EXPECT_EQ(with(command, {"permit-pty", {1}}), Refusal::certificate_option);
  EXPECT_EQ(with(command, {"permit-what", {1}}), Refusal::none);
  auto twice = made("-n me -O force-command=a");
  twice.critical_options.push_back(command);
  EXPECT_EQ(judge(twice).refusal, Refusal::certificate_option);
}

TEST_F(UserCertificates, permit_what_their_extensions_say) {
  EXPECT_EQ(judge(made("-n me")).permissions, Permissions{});
  auto permissions = judge(made("-n me -O clear")).permissions;
  EXPECT_FALSE(permissions.pty || permissions.port_forwarding || permissions.agent_forwarding ||
               permissions.x11_forwarding);
  permissions = judge(made("-n me -O clear -O permit-port-forwarding -O permit-X11-forwarding")).permissions;
  EXPECT_TRUE(permissions.port_forwarding && permissions.x11_forwarding);
  EXPECT_FALSE(permissions.pty || permissions.agent_forwarding);
}

}  // namespace
}  // namespace towline::ssh
