#include "ssh/host_key_policy.hpp"

#include "ssh/error.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace towline::ssh {
namespace {

using testing::AllOf;
using testing::HasSubstr;

const net::HostPort server{"bastion", 22};

HostKey key(char filling) {
  HostKey key{"ssh-ed25519", {0, 0, 0, 11}};
  for (const char c : key.type) key.blob.push_back(static_cast<std::uint8_t>(c));
  key.blob.insert(key.blob.end(), {0, 0, 0, 32});
  key.blob.insert(key.blob.end(), 32, static_cast<std::uint8_t>(filling));
  return key;
}

// "verified", "accepted", "remember", or the failure.
std::string judge(const std::string& known_hosts, StrictHostKeyChecking strict, const HostKey& shown) {
  const auto decision = judge_host_key(KnownHosts::parse(known_hosts), strict, server, shown);
  if (!decision) return decision.error().message();
  if (decision->verified) return decision->remember ? "verified and to be remembered" : "verified";
  return decision->remember ? "remember" : "accepted";
}

constexpr StrictHostKeyChecking policies[] = {StrictHostKeyChecking::yes, StrictHostKeyChecking::accept_new,
                                              StrictHostKeyChecking::no};

TEST(HostKeyPolicy, a_key_on_file_is_verified_under_every_policy) {
  const auto file = known_hosts_line(server, key('a'));
  for (auto strict : policies) EXPECT_EQ(judge(file, strict, key('a')), "verified");
}

TEST(HostKeyPolicy, a_key_that_is_not_on_file_is_refused_remembered_or_accepted) {
  EXPECT_EQ(judge("", StrictHostKeyChecking::accept_new, key('a')), "remember");
  EXPECT_EQ(judge("", StrictHostKeyChecking::no, key('a')), "accepted");
  EXPECT_THAT(judge("", StrictHostKeyChecking::yes, key('a')),
              AllOf(HasSubstr(make_error_code(errc::host_key_unknown).message()),
                    HasSubstr("bastion:22 offers ssh-ed25519 " + fingerprint(key('a')))));
}

TEST(HostKeyPolicy, a_changed_key_is_refused_with_both_fingerprints_and_the_line) {
  const auto file = "# ours\n" + known_hosts_line(server, key('a'));
  for (auto strict : policies) {
    EXPECT_THAT(judge(file, strict, key('b')),
                AllOf(HasSubstr(make_error_code(errc::host_key_mismatch).message()),
                      HasSubstr("offers ssh-ed25519 " + fingerprint(key('b'))),
                      HasSubstr("expected ssh-ed25519 " + fingerprint(key('a')) + " (line 2)")));
  }
}

TEST(HostKeyPolicy, all_expected_keys_are_named) {
  const auto file = known_hosts_line(server, key('a')) + known_hosts_line(server, key('c'));
  EXPECT_THAT(
      judge(file, StrictHostKeyChecking::yes, key('b')),
      HasSubstr(fingerprint(key('a')) + " (line 1), ssh-ed25519 " + fingerprint(key('c')) + " (line 2)"));
}

TEST(HostKeyPolicy, a_revoked_key_is_refused_under_every_policy) {
  const auto file = "@revoked " + known_hosts_line(server, key('a'));
  for (auto strict : policies) {
    EXPECT_THAT(judge(file, strict, key('a')),
                AllOf(HasSubstr(make_error_code(errc::host_key_revoked).message()), HasSubstr("(line 1)")));
  }
}

TEST(HostKeyPolicy, a_certificate_authority_on_file_is_said_to_be_of_no_use) {
  const auto file = "@cert-authority " + known_hosts_line(server, key('a'));
  EXPECT_THAT(judge(file, StrictHostKeyChecking::yes, key('b')), HasSubstr("@cert-authority"));
  EXPECT_THAT(judge("", StrictHostKeyChecking::yes, key('b')), testing::Not(HasSubstr("@cert-authority")));
}

}  // namespace
}  // namespace towline::ssh
