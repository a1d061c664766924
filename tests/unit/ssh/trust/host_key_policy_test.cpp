#include "ssh/trust/host_key_policy.hpp"

#include "ssh/wire/error.hpp"
#include "unit/ssh/trust/host_keys.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace towline::ssh {
namespace {

using testing::AllOf;
using testing::HasSubstr;

using Strict = StrictHostKeyChecking;

struct PolicyCase {
  std::string known;  // a known_hosts file
  std::string accepted = {};
  std::vector<std::string> pins = {};
  Strict strict = Strict::yes;
  std::string alias = {};
};

// "known_hosts at …", "pin", "first use, to be remembered", …, or the failure.
std::string judge(const PolicyCase& given, const HostKey& shown) {
  HostKeyOptions options;
  options.strict = given.strict;
  options.fingerprints = given.pins;
  options.alias = given.alias;
  const auto decision = judge_host_key(options, KnownHosts::parse(given.known, "/kh"),
                                       KnownHosts::parse(given.accepted, "/state"), {bastion, shown},
                                       std::chrono::system_clock::now());
  if (!decision) return decision.error().message();
  std::string text = to_string(decision->proof);
  if (!decision->place().empty()) text += " at " + decision->place();
  if (decision->remember) text += ", to be remembered";
  return text;
}

std::string sentence(errc code) { return make_error_code(code).message(); }

constexpr Strict policies[] = {Strict::yes, Strict::accept_new, Strict::no};

TEST(HostKeyPolicy, a_key_on_file_is_verified_under_every_policy) {
  const auto file = known_hosts_line(bastion, ed25519_key('a'));
  for (auto strict : policies) {
    EXPECT_EQ(judge({.known = file, .strict = strict}, ed25519_key('a')), "known_hosts at /kh:1");
  }
}

TEST(HostKeyPolicy, a_key_that_is_not_on_file_is_refused_remembered_or_not_checked) {
  EXPECT_EQ(judge({.known = "", .strict = Strict::accept_new}, ed25519_key('a')),
            "first use, to be remembered");
  EXPECT_EQ(judge({.known = "", .strict = Strict::no}, ed25519_key('a')), "none");
  EXPECT_THAT(judge({.known = ""}, ed25519_key('a')),
              AllOf(HasSubstr(sentence(errc::host_key_unknown)),
                    HasSubstr("bastion:22 offers ssh-ed25519 " + fingerprint(ed25519_key('a')))));
}

TEST(HostKeyPolicy, what_is_verified_is_what_was_given_to_us) {
  const auto verified = [](HostKeyProof proof) { return HostKeyDecision{.proof = proof}.verified(); };
  for (auto proof : {HostKeyProof::known_hosts, HostKeyProof::pin, HostKeyProof::certificate})
    EXPECT_TRUE(verified(proof));
  for (auto proof : {HostKeyProof::first_use, HostKeyProof::none}) EXPECT_FALSE(verified(proof));
}

TEST(HostKeyPolicy, a_changed_key_is_refused_with_both_fingerprints_and_the_line) {
  const auto file = "# ours\n" + known_hosts_line(bastion, ed25519_key('a'));
  for (auto strict : policies) {
    EXPECT_THAT(judge({.known = file, .strict = strict}, ed25519_key('b')),
                AllOf(HasSubstr(sentence(errc::host_key_mismatch)),
                      HasSubstr("offers ssh-ed25519 " + fingerprint(ed25519_key('b'))),
                      HasSubstr("expected ssh-ed25519 " + fingerprint(ed25519_key('a')) + " (/kh:2)")));
  }
}

TEST(HostKeyPolicy, all_expected_keys_are_named) {
  const auto file = known_hosts_line(bastion, ed25519_key('a')) + known_hosts_line(bastion, ed25519_key('c'));
  EXPECT_THAT(judge({.known = file}, ed25519_key('b')),
              HasSubstr(fingerprint(ed25519_key('a')) + " (/kh:1), ssh-ed25519 " +
                        fingerprint(ed25519_key('c')) + " (/kh:2)"));
}

TEST(HostKeyPolicy, a_revoked_key_is_refused_under_every_policy_whatever_speaks_for_it) {
  const auto file =
      known_hosts_line(bastion, ed25519_key('a')) + "@revoked " + known_hosts_line(bastion, ed25519_key('a'));
  for (auto strict : policies) {
    EXPECT_THAT(
        judge({.known = file, .pins = {fingerprint(ed25519_key('a'))}, .strict = strict}, ed25519_key('a')),
        AllOf(HasSubstr(sentence(errc::host_key_revoked)), HasSubstr("(/kh:2)")));
  }
}

TEST(HostKeyPolicy, one_of_the_pins_is_enough) {
  const std::vector<std::string> pins = {fingerprint(ed25519_key('b')), fingerprint(ed25519_key('a'))};
  for (auto strict : policies)
    EXPECT_EQ(judge({.known = "", .pins = pins, .strict = strict}, ed25519_key('a')), "pin");
}

TEST(HostKeyPolicy, a_key_that_is_not_pinned_is_refused_with_both_fingerprints) {
  const std::vector<std::string> pins = {fingerprint(ed25519_key('b')), fingerprint(ed25519_key('c'))};
  const auto on_file = known_hosts_line(bastion, ed25519_key('a'));
  for (auto strict : policies) {
    for (const auto& known : {std::string(), on_file}) {
      EXPECT_THAT(
          judge({.known = known, .accepted = on_file, .pins = pins, .strict = strict}, ed25519_key('a')),
          AllOf(HasSubstr(sentence(errc::host_key_mismatch)), HasSubstr(fingerprint(ed25519_key('a'))),
                HasSubstr("expected " + pins[0] + ", " + pins[1] + " (pinned)")));
    }
  }
}

TEST(HostKeyPolicy, a_pin_does_not_outweigh_what_is_on_file) {
  const auto on_file = known_hosts_line(bastion, ed25519_key('b'));
  EXPECT_THAT(judge({.known = on_file, .pins = {fingerprint(ed25519_key('a'))}}, ed25519_key('a')),
              HasSubstr(sentence(errc::host_key_mismatch)));
}

TEST(HostKeyPolicy, pin_and_file_that_agree_are_the_files_merit) {
  const auto on_file = known_hosts_line(bastion, ed25519_key('a'));
  EXPECT_EQ(judge({.known = on_file, .pins = {fingerprint(ed25519_key('a'))}}, ed25519_key('a')),
            "known_hosts at /kh:1");
}

TEST(HostKeyPolicy, a_key_accepted_before_is_known_but_not_verified) {
  const auto accepted = known_hosts_line(bastion, ed25519_key('a'));
  EXPECT_EQ(judge({.known = "", .accepted = accepted, .strict = Strict::accept_new}, ed25519_key('a')),
            "first use at /state:1");
  EXPECT_THAT(judge({.known = "", .accepted = accepted, .strict = Strict::accept_new}, ed25519_key('b')),
              AllOf(HasSubstr(sentence(errc::host_key_mismatch)), HasSubstr("accepted on first use"),
                    HasSubstr(fingerprint(ed25519_key('a')) + " (/state:1)")));
}

TEST(HostKeyPolicy, what_is_given_outweighs_what_was_accepted) {
  const auto a = known_hosts_line(bastion, ed25519_key('a'));
  const auto b = known_hosts_line(bastion, ed25519_key('b'));
  EXPECT_EQ(judge({.known = b, .accepted = a, .strict = Strict::accept_new}, ed25519_key('b')),
            "known_hosts at /kh:1");
  EXPECT_THAT(judge({.known = b, .accepted = a, .strict = Strict::accept_new}, ed25519_key('a')),
              HasSubstr(sentence(errc::host_key_mismatch)));
}

TEST(HostKeyPolicy, what_was_accepted_does_not_count_when_checking_is_strict) {
  const auto accepted = known_hosts_line(bastion, ed25519_key('a'));
  EXPECT_THAT(judge({.known = "", .accepted = accepted}, ed25519_key('a')),
              HasSubstr(sentence(errc::host_key_unknown)));
}

TEST(HostKeyPolicy, an_alias_stands_for_name_and_port) {
  const net::HostPort far{"10.0.0.1", 2222};
  HostKeyOptions options;
  options.alias = "Cluster";
  EXPECT_EQ(looked_up_name(options, far), (net::HostPort{"Cluster", 22}));
  options.alias.clear();
  EXPECT_EQ(looked_up_name(options, far), far);
  EXPECT_EQ(judge({.known = "cluster " + to_string(ed25519_key('a')), .alias = "Cluster"}, ed25519_key('a')),
            "known_hosts at /kh:1");
  EXPECT_THAT(
      judge({.known = "bastion " + to_string(ed25519_key('a')), .alias = "Cluster"}, ed25519_key('a')),
      AllOf(HasSubstr(sentence(errc::host_key_unknown)), HasSubstr("bastion:22 offers"),
            HasSubstr("for Cluster")));
}

TEST(HostKeyPolicy, a_certificate_that_is_missing_is_said_to_be) {
  const auto file = "@cert-authority " + known_hosts_line(bastion, ed25519_key('a'));
  EXPECT_THAT(judge({.known = file}, ed25519_key('b')),
              HasSubstr("it shows no certificate for the @cert-authority"));
  EXPECT_THAT(judge({.known = ""}, ed25519_key('b')), testing::Not(HasSubstr("@cert-authority")));
}

}  // namespace
}  // namespace towline::ssh
