#include "expose/tls/certificate_set.hpp"

#include "unit/expose/tls/test_certificate.hpp"

#include <gmock/gmock.h>

namespace towline::expose::tls {

namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string first_name(const CertificateSet::One& one) { return one ? one->facts().names.front() : "none"; }

TEST(CertificateSet, each_layout_is_read_and_the_name_decides) {
  const CertificateFolder folder;
  folder.put("", make_certificate("DNS:own.test,DNS:*.wild.test"));
  folder.put("b/", make_certificate("DNS:b.test"));
  const auto other = make_certificate("DNS:a.wild.test");
  folder.write("a/fullchain.pem", other.chain);
  folder.write("a/privkey.pem", other.key);
  folder.put("..data/", make_certificate("DNS:hidden.test"));
  folder.write("empty/readme", "");
  const auto read = read_certificates(folder.path(), {});
  EXPECT_THAT(read.problems, ElementsAre());
  EXPECT_TRUE(read.changed);
  const auto& set = *read.certificates;
  EXPECT_EQ(set.facts().size(), 3U);
  EXPECT_EQ(first_name(set.choose("b.test")), "b.test");
  EXPECT_EQ(first_name(set.choose("a.wild.test")), "a.wild.test");
  EXPECT_EQ(first_name(set.choose("c.wild.test")), "own.test");
  EXPECT_EQ(first_name(set.choose("nobody.test")), "own.test");
  EXPECT_EQ(first_name(set.choose("")), "own.test");
  EXPECT_EQ(first_name(CertificateSet().choose("b.test")), "none");
}

TEST(CertificateSet, what_has_not_changed_is_the_same_one) {
  const CertificateFolder folder;
  folder.put("a/", make_certificate("DNS:a.test"));
  folder.put("b/", make_certificate("DNS:b.test"));
  const auto first = read_certificates(folder.path(), {});
  folder.put("b/", make_certificate("DNS:b2.test"));
  const auto second = read_certificates(folder.path(), *first.certificates);
  EXPECT_TRUE(second.changed);
  EXPECT_EQ(second.certificates->choose("a.test"), first.certificates->choose("a.test"));
  EXPECT_EQ(first_name(second.certificates->choose("b2.test")), "b2.test");
  EXPECT_FALSE(read_certificates(folder.path(), *second.certificates).changed);
}

TEST(CertificateSet, a_damaged_pair_keeps_the_one_before_it) {
  const CertificateFolder folder;
  folder.put("a/", make_certificate("DNS:a.test"));
  const auto first = read_certificates(folder.path(), {});
  folder.write("a/tls.key", make_certificate("DNS:a.test").key);
  const auto second = read_certificates(folder.path(), *first.certificates);
  ASSERT_EQ(second.problems.size(), 1U);
  EXPECT_THAT(second.problems.front(), HasSubstr("a/tls.crt"));
  EXPECT_FALSE(second.changed);
  EXPECT_EQ(second.certificates->choose("a.test"), first.certificates->choose("a.test"));
}

TEST(CertificateSet, what_is_gone_is_gone_but_not_with_the_whole_folder) {
  const CertificateFolder folder;
  folder.put("a/", make_certificate("DNS:a.test"));
  folder.put("b/", make_certificate("DNS:b.test"));
  const auto first = read_certificates(folder.path(), {});
  std::filesystem::remove_all(folder.path() + "/b");
  const auto second = read_certificates(folder.path(), *first.certificates);
  EXPECT_EQ(second.certificates->facts().size(), 1U);
  EXPECT_TRUE(second.changed);
  const auto third = read_certificates(folder.path() + "/missing", *second.certificates);
  EXPECT_EQ(third.problems.size(), 1U);
  EXPECT_EQ(third.certificates->facts().size(), 1U);
}

}  // namespace

}  // namespace towline::expose::tls
