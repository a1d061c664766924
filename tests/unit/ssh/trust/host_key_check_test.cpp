#include "ssh/trust/host_key_check.hpp"

#include "ssh/wire/error.hpp"
#include "unit/ssh/keys/keygen.hpp"
#include "unit/ssh/trust/host_keys.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

namespace towline::ssh {
namespace {

using testing::Each;
using testing::HasSubstr;
using Strict = StrictHostKeyChecking;

class Check : public testing::Test {
 protected:
  Check() {
    keygen_.make("ed25519");
    keygen_.make("rsa", "rsa -b 2048");
    ed25519_ = keygen_.key("ed25519");
    rsa_ = keygen_.key("rsa");
  }
  std::string file(const std::string& name, const std::string& text) {
    std::ofstream(keygen_.path(name)) << text;
    return keygen_.path(name);
  }
  HostKeyCheck read() { return HostKeyCheck::read(options_, accepted_).value(); }
  std::string proof(const HostKey& key) {
    auto check = read();
    const auto decision = check.judge({bastion_2222, key});
    return decision ? to_string(decision->proof) : decision.error().message();
  }

  Keygen keygen_;
  HostKey ed25519_;
  HostKey rsa_;
  HostKeyOptions options_;
  AcceptedHostKeys accepted_;
};

TEST_F(Check, reads_every_file_and_the_text_beside_them) {
  options_.strict = Strict::yes;
  options_.known_hosts_files = {file("a", known_hosts_line({"other", 22}, rsa_).substr(0, 30)),
                                file("b", "# no newline at the end")};
  options_.known_hosts_text = known_hosts_line(bastion_2222, ed25519_) + "broken\n";
  EXPECT_EQ(proof(ed25519_), "known_hosts");
  EXPECT_THAT(proof(rsa_), HasSubstr("(SSH_KNOWN_HOSTS:1)"));
  const auto bad = read().bad_lines();
  ASSERT_EQ(bad.size(), 2U);
  EXPECT_EQ(bad[0].file, keygen_.path("a"));
  EXPECT_EQ(place_of(bad[1].file, bad[1].line), "SSH_KNOWN_HOSTS:2");
}

TEST_F(Check, names_the_damage_where_the_key_is_not_on_file) {
  options_.strict = Strict::yes;
  const auto key = to_string(ed25519_);
  const std::pair<std::string, const char*> rows[] = {
      {"bastion:2222 " + key, "line 1 of SSH_KNOWN_HOSTS is damaged: write [bastion]:2222 instead of"},
      {"\n" + key + "\n" + key, "line 2 of SSH_KNOWN_HOSTS is damaged: there is no host"},
      {key + "\n" + key, "(and 1 more)"},
      {"# nothing yet", "SSH_KNOWN_HOSTS holds no host key"},
      {" ", "SSH_KNOWN_HOSTS holds no host key"},
  };
  for (const auto& [text, words] : rows) {
    options_.known_hosts_text = text;
    EXPECT_THAT(proof(ed25519_), HasSubstr(words)) << text;
  }
  options_.known_hosts_text.clear();
  options_.known_hosts_files = {file("empty", "")};
  EXPECT_THAT(proof(ed25519_), HasSubstr("empty holds no host key"));
}

TEST_F(Check, needs_every_file_that_is_named) {
  shell("mkdir " + keygen_.path("folder") + " && mkfifo " + keygen_.path("fifo"));
  for (const auto* name : {"missing", "folder", "fifo"}) {
    options_.known_hosts_files = {keygen_.path(name)};
    const auto read = HostKeyCheck::read(options_, accepted_);
    ASSERT_FALSE(read) << name;
    EXPECT_EQ(read.error().code, errc::host_key_unknown);
    EXPECT_EQ(read.error().detail, keygen_.path(name) + " cannot be read");
  }
}

TEST_F(Check, remembers_what_it_accepts_for_the_sessions_to_come) {
  EXPECT_EQ(proof(ed25519_), "first use");
  EXPECT_EQ(proof(ed25519_), "first use");
  EXPECT_THAT(proof(rsa_), HasSubstr("accepted on first use"));
  options_.strict = Strict::yes;
  EXPECT_THAT(proof(ed25519_), HasSubstr(make_error_code(errc::host_key_unknown).message()));
}

TEST_F(Check, refuses_what_contradicts_a_session_that_was_faster) {
  auto slower = read();
  EXPECT_EQ(proof(rsa_), "first use");
  const auto decision = slower.judge({bastion_2222, ed25519_});
  ASSERT_FALSE(decision);
  EXPECT_EQ(decision.error().code, errc::host_key_mismatch);
}

TEST_F(Check, does_not_remember_what_is_verified_or_not_checked) {
  options_.fingerprints = {fingerprint(ed25519_)};
  EXPECT_EQ(proof(ed25519_), "pin");
  options_.fingerprints.clear();
  options_.strict = Strict::no;
  EXPECT_EQ(proof(ed25519_), "none");
  EXPECT_EQ(accepted_.known().lookup(bastion_2222, ed25519_).verdict, HostKeyVerdict::unknown);
}

TEST_F(Check, asks_for_a_key_that_is_on_file_first) {
  EXPECT_EQ(read().algorithms(bastion_2222).front(), "ssh-ed25519");
  accepted_.remember(bastion_2222, rsa_);
  EXPECT_EQ(read().algorithms(bastion_2222).front(), "rsa-sha2-512");
  options_.strict = Strict::yes;
  options_.fingerprints = {fingerprint(rsa_)};
  EXPECT_EQ(read().algorithms(bastion_2222).front(), "ssh-ed25519");  // a pin does not say of what type it is
  options_.known_hosts_text = "bastion " + to_string(rsa_);
  EXPECT_EQ(read().algorithms(bastion_2222).front(), "rsa-sha2-512");
  options_.alias = "other";
  EXPECT_EQ(read().algorithms(bastion_2222).front(), "ssh-ed25519");
}

TEST_F(Check, asks_for_certificates_only_where_there_is_an_authority) {
  options_.known_hosts_text = "@cert-authority *.example.com " + to_string(rsa_);
  EXPECT_THAT(read().algorithms(bastion_2222), Each(testing::Not(HasSubstr("-cert-"))));
  const auto algorithms = read().algorithms({"a.example.com", 2222});
  EXPECT_EQ(algorithms.front(), "ssh-ed25519-cert-v01@openssh.com");
  EXPECT_EQ(algorithms.back(), "rsa-sha2-256");
}

}  // namespace
}  // namespace towline::ssh
