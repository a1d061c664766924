#include "ssh/keys/certificate.hpp"
#include "unit/ssh/keys/keygen.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

namespace towline::ssh {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using namespace std::chrono_literals;

constexpr auto judging_time =
    std::chrono::system_clock::time_point(1'700'000'000s);  // 2023-11-14 22:13:20 UTC
constexpr const char* whole_life = " -V 20200101000000:20300101000000 ";

class Certificates : public testing::Test {
 protected:
  Certificates() {
    keygen_.make("ca");
    keygen_.make("host");
  }
  Certificate made(const std::string& options) const {
    return parse_host_certificate(keygen_.certify("host", "ca", options)).value();
  }
  std::string objection(const std::string& options, const std::string& host = "example.com") const {
    return objection_to(made(options), host, judging_time);
  }

  Keygen keygen_;
};

TEST_F(Certificates, are_read_as_ssh_keygen_wrote_them) {
  const auto read =
      made("-h -n example.com,10.0.0.1 -z 18446744073709551615 -V 20200101000000Z:20210101000000Z");
  EXPECT_EQ(read.key, keygen_.key("host"));
  EXPECT_EQ(read.authority, keygen_.key("ca"));
  EXPECT_EQ(read.kind, Certificate::Kind::host);
  EXPECT_EQ(read.serial, std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(read.id, "the id");
  EXPECT_THAT(read.principals, ElementsAre("example.com", "10.0.0.1"));
  EXPECT_EQ(read.valid_after, 1'577'836'800U);
  EXPECT_EQ(read.valid_before, 1'609'459'200U);
  EXPECT_THAT(read.critical_options, IsEmpty());
}

TEST_F(Certificates, without_an_end_are_valid_for_ever) {
  EXPECT_EQ(made("-h").valid_before, std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(objection("-h -n example.com"), "");
}

TEST_F(Certificates, are_held_against_the_rules_of_ssh) {
  const struct {
    const char* options;
    const char* objection;  // a part of it; empty: none
  } rows[] = {
      {"-h -n example.com", ""},
      {"-h -n other.com,example.com", ""},
      {"-h", ""},  // no principals: any host
      {"-h -n other.com", "is for other.com, not for example.com"},
      {"-h -n *.com", "is for *.com, not for example.com"},
      {"-h -n EXAMPLE.com", "not for example.com"},
      {"-n example.com", "is one for users"},
      {"-h -n example.com -V 20230101000000Z:20230601000000Z", "expired on 2023-06-01T00:00:00Z"},
      {"-h -n example.com -V 20240101000000Z:20250101000000Z", "is not valid before 2024-01-01T00:00:00Z"},
      {"-h -n example.com -O critical:strange=1", "critical options that are not known here: strange"},
      {"-h -n example.com -O extension:strange=1", ""},
  };
  for (const auto& row : rows) {
    const auto said = objection(row.options);
    EXPECT_EQ(said.empty(), std::string_view(row.objection).empty()) << row.options << ": " << said;
    EXPECT_THAT(said, HasSubstr(row.objection)) << row.options;
  }
}

TEST_F(Certificates, begin_and_end_at_the_second) {
  auto certificate = made(std::string("-h") + " -V 20230101000000Z:20230601000000Z");
  const std::chrono::system_clock::time_point begin(std::chrono::seconds(certificate.valid_after));
  const std::chrono::system_clock::time_point end(std::chrono::seconds(certificate.valid_before));
  EXPECT_NE(objection_to(certificate, "x", begin - 1s), "");
  EXPECT_EQ(objection_to(certificate, "x", begin), "");
  EXPECT_EQ(objection_to(certificate, "x", end - 1s), "");
  EXPECT_NE(objection_to(certificate, "x", end), "");
}

TEST_F(Certificates, for_and_by_keys_of_every_type_are_verified) {
  const std::pair<const char*, const char*> types[] = {
      {"p256", "ecdsa -b 256"}, {"p384", "ecdsa -b 384"}, {"p521", "ecdsa -b 521"}, {"rsa", "rsa -b 2048"}};
  for (const auto& [name, type] : types) {
    keygen_.make(name, type);
    const std::string how = name == std::string_view("rsa") ? "-t rsa-sha2-256 -h" : "-h";
    const auto by = parse_host_certificate(keygen_.certify("host", name, how));
    ASSERT_TRUE(by) << name;
    EXPECT_EQ(objection_to(*by, "x", judging_time), "") << name;
    const auto of = parse_host_certificate(keygen_.certify(name, "ca", "-h"));
    ASSERT_TRUE(of) << name;
    EXPECT_EQ(of->key, keygen_.key(name)) << name;
    EXPECT_EQ(objection_to(*of, "x", judging_time), "") << name;
  }
}

TEST_F(Certificates, signed_with_sha1_are_refused) {
  keygen_.make("rsa", "rsa -b 2048");
  const auto blob = keygen_.certify("host", "rsa", "-t ssh-rsa -h");
  if (blob.empty()) GTEST_SKIP() << "this ssh-keygen does not sign with SHA-1";
  EXPECT_EQ(objection_to(parse_host_certificate(blob).value(), "x", judging_time), "is signed with SHA-1");
}

TEST_F(Certificates, named_after_an_authority_that_did_not_sign_them_are_refused) {
  keygen_.make("other");
  auto certificate = made("-h");
  certificate.authority = keygen_.key("other");
  EXPECT_EQ(objection_to(certificate, "x", judging_time), "is not signed by the authority it names");
}

TEST_F(Certificates, cut_short_or_too_long_are_none) {
  auto blob =
      keygen_.certify("host", "ca", "-h -n example.com -O extension:strange=1" + std::string(whole_life));
  ASSERT_TRUE(parse_host_certificate(blob));
  for (std::size_t size = 0; size < blob.size(); ++size)
    EXPECT_FALSE(parse_host_certificate(std::span(blob).first(size))) << size;
  blob.push_back(0);
  EXPECT_FALSE(parse_host_certificate(blob));
}

TEST_F(Certificates, with_any_bit_changed_are_none_or_refused) {
  auto blob =
      keygen_.certify("host", "ca", "-h -n example.com -O extension:strange=1" + std::string(whole_life));
  ASSERT_EQ(objection_to(parse_host_certificate(blob).value(), "example.com", judging_time), "");
  for (std::size_t bit = 0; bit < blob.size() * 8; ++bit) {
    const auto mask = static_cast<std::uint8_t>(1U << (bit % 8));
    blob[bit / 8] ^= mask;
    if (const auto read = parse_host_certificate(blob)) {
      EXPECT_NE(objection_to(*read, "example.com", judging_time), "") << "bit " << bit;
    }
    blob[bit / 8] ^= mask;
  }
}

TEST_F(Certificates, with_more_principals_than_ssh_reads_are_none) {
  const auto named = [](int count) {
    std::string names = "h0";
    for (int i = 1; i < count; ++i) names += ",h" + std::to_string(i);
    return "-h -n " + names;
  };
  EXPECT_TRUE(parse_host_certificate(keygen_.certify("host", "ca", named(256))));
  EXPECT_LT(objection(named(256)).size(), 100U);
  EXPECT_FALSE(parse_host_certificate(keygen_.certify("host", "ca", named(257))));
}

TEST_F(Certificates, are_not_plain_keys_and_plain_keys_are_not_certificates) {
  EXPECT_FALSE(parse_host_key(keygen_.certify("host", "ca", "-h")));
  EXPECT_FALSE(parse_host_certificate(keygen_.blob("host")));
}

}  // namespace
}  // namespace towline::ssh
