#include "ssh/keys/certificate.hpp"
#include "ssh/wire/error.hpp"
#include "text/base64.hpp"
#include "unit/ssh/keys/key_files.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace towline::ssh {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using Time = Certificate::Time;

// A certificate for a key of this type, by an authority made for it.
std::string signed_by_authority(const KeyFiles& files, const std::string& type, const std::string& options) {
  return files.run("[ -f ca ] || ssh-keygen -q -t ed25519 -N '' -f ca; rm -f key*; ssh-keygen -q -t " + type +
                   " -N '' -f key && ssh-keygen -q -s ca -I somebody " + options +
                   " key.pub && cat key-cert.pub");
}

TEST(UserCertificate, of_every_type_names_its_key) {
  KeyFiles files;
  for (const auto* type : {"ed25519", "rsa", "'ecdsa' -b 256", "'ecdsa' -b 384", "'ecdsa' -b 521"}) {
    const auto text = signed_by_authority(files, type, "-n root,tunnel");
    const auto certificate = parse_user_certificate(std::string_view(text));
    ASSERT_TRUE(certificate) << type << certificate.error().message();
    EXPECT_EQ(fingerprint(certificate->key), files.fingerprint("key.pub")) << type;
    EXPECT_TRUE(is_certificate_type(certificate->type)) << certificate->type;
    EXPECT_FALSE(is_certificate_type(certificate->key.type));
    EXPECT_EQ(certificate->id, "somebody");
    EXPECT_THAT(certificate->principals, ElementsAre("root", "tunnel"));
    EXPECT_EQ(certificate->expiry(), std::nullopt) << "for ever";
    EXPECT_TRUE(check_validity(*certificate, std::chrono::system_clock::now()));
  }
}

TEST(UserCertificate, has_the_times_that_ssh_keygen_gave_it) {
  KeyFiles files;
  const auto text = signed_by_authority(files, "ed25519", "-V 20200102030405Z:20300102030405Z");
  const auto certificate = parse_user_certificate(std::string_view(text));
  ASSERT_TRUE(certificate);
  const Time begin{std::chrono::seconds(1'577'934'245)};
  const Time end{std::chrono::seconds(1'893'553'445)};
  EXPECT_EQ(Time(std::chrono::seconds(certificate->valid_after)), begin);
  EXPECT_EQ(certificate->expiry(), end);
  EXPECT_TRUE(check_validity(*certificate, begin));
  EXPECT_TRUE(check_validity(*certificate, end - std::chrono::seconds(1)));
  const auto early = check_validity(*certificate, begin - std::chrono::seconds(1));
  ASSERT_FALSE(early);
  EXPECT_EQ(early.error().code, errc::certificate_expired);
  EXPECT_THAT(early.error().detail, HasSubstr("begins at 2020-01-02T03:04:05Z"));
  const auto late = check_validity(*certificate, end);
  ASSERT_FALSE(late);
  EXPECT_THAT(late.error().detail, HasSubstr("ended at 2030-01-02T03:04:05Z"));
}

TEST(UserCertificate, survives_what_mounting_does_to_it) {
  KeyFiles files;
  auto text = signed_by_authority(files, "ed25519", "");
  while (text.ends_with('\n')) text.pop_back();
  for (const auto& damaged : {text, text + "\r\n", "\n\n " + text + "\n\n", text + "\\n"})
    EXPECT_TRUE(parse_user_certificate(std::string_view(damaged))) << damaged;
}

TEST(UserCertificate, that_is_something_else_is_named) {
  KeyFiles files;
  const auto host = signed_by_authority(files, "ed25519", "-h");
  const auto key = files.read("key.pub");
  auto other = host;
  other.replace(0, std::string("ssh-ed25519").size(), "ssh-rsa");
  const std::pair<std::string, const char*> rows[] = {
      {"", "empty"},
      {host, "host certificate"},
      {key, "public key without a certificate"},
      {files.read("key"), "another kind"},
      {other, "another type"},
      {"hello", "-cert.pub"},
      {"ssh-ed25519-cert-v01@openssh.com AAAA", "unknown type"},
      {"ssh-ed25519-cert-v01@openssh.com !", "damaged"}};
  for (const auto& [text, words] : rows) {
    const auto certificate = parse_user_certificate(std::string_view(text));
    ASSERT_FALSE(certificate) << text;
    EXPECT_EQ(certificate.error().code, errc::certificate_invalid) << text;
    EXPECT_THAT(certificate.error().detail, HasSubstr(words)) << text;
  }
}

TEST(UserCertificate, cut_off_anywhere_is_damaged) {
  KeyFiles files;
  const auto text = signed_by_authority(files, "ecdsa", "-n a,b");
  const auto whole = parse_user_certificate(std::string_view(text));
  ASSERT_TRUE(whole);
  for (std::size_t size = 0; size < whole->blob.size(); ++size)
    EXPECT_FALSE(parse_user_certificate(Bytes(whole->blob).first(size))) << size;
  auto longer = whole->blob;
  longer.push_back(0);
  EXPECT_FALSE(parse_user_certificate(Bytes(longer)));
}

}  // namespace
}  // namespace towline::ssh
