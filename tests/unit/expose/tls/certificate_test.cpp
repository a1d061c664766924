#include "expose/tls/certificate.hpp"

#include "unit/expose/tls/test_certificate.hpp"

#include <gmock/gmock.h>

namespace towline::expose::tls {

namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(Certificate, its_names_and_its_end_are_known) {
  const auto pem = make_certificate("DNS:Web.Test,IP:127.0.0.1,DNS:*.sub.test", 1000);
  const auto made = Certificate::make("f", pem.chain, pem.key, "d");
  ASSERT_TRUE(made) << made.error().message();
  EXPECT_THAT((*made)->facts().names, ElementsAre("web.test", "*.sub.test"));
  const auto left = (*made)->facts().valid_until - std::chrono::system_clock::now();
  EXPECT_GT(left, std::chrono::seconds(900));
  EXPECT_LT(left, std::chrono::seconds(1001));
}

TEST(Certificate, a_wildcard_is_one_label) {
  const auto pem = make_certificate("DNS:web.test,DNS:*.sub.test");
  const auto made = *Certificate::make("f", pem.chain, pem.key, "d");
  EXPECT_TRUE(made->covers("web.test"));
  EXPECT_TRUE(made->covers("a.sub.test"));
  for (const auto* name : {"sub.test", "a.b.sub.test", ".sub.test", "b.web.test", "", "test"})
    EXPECT_FALSE(made->covers(name)) << name;
}

TEST(Certificate, what_does_not_belong_together_is_refused_and_says_the_file) {
  const auto one = make_certificate("DNS:a");
  const auto other = make_certificate("DNS:a");
  const auto mismatched = Certificate::make("the/file", one.chain, other.key, "");
  ASSERT_FALSE(mismatched);
  EXPECT_THAT(mismatched.error().message(), HasSubstr("the private key does not belong to the/file"));
  EXPECT_FALSE(Certificate::make("f", "", one.key, ""));
  EXPECT_FALSE(Certificate::make("f", one.chain, "", ""));
  EXPECT_FALSE(Certificate::make("f", one.chain.substr(0, one.chain.size() / 2), one.key, ""));
  EXPECT_FALSE(Certificate::make("f", one.chain, one.key.substr(0, one.key.size() / 2), ""));
  EXPECT_FALSE(Certificate::make("f", one.chain + one.chain.substr(0, 80), one.key, ""));
  EXPECT_TRUE(Certificate::make("f", one.chain + other.chain, one.key, ""));
}

TEST(Certificate, a_key_with_a_passphrase_is_refused_without_asking_for_it) {
  const auto pem = make_certificate("DNS:a");
  auto* const in = BIO_new_mem_buf(pem.key.data(), static_cast<int>(pem.key.size()));
  auto* const key = PEM_read_bio_PrivateKey(in, nullptr, nullptr, nullptr);
  BIO_free(in);
  auto* const out = BIO_new(BIO_s_mem());
  unsigned char words[] = "words";
  PEM_write_bio_PrivateKey(out, key, EVP_aes_128_cbc(), words, 5, nullptr, nullptr);
  EVP_PKEY_free(key);
  EXPECT_FALSE(Certificate::make("f", pem.chain, for_tests::text_of(out), ""));
}

}  // namespace

}  // namespace towline::expose::tls
