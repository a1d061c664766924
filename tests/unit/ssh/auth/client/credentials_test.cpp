#include "ssh/auth/client/credentials.hpp"

#include "ssh/wire/error.hpp"
#include "text/base64.hpp"
#include "unit/ssh/keys/key_files.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace towline::ssh {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const auto loading_time = std::chrono::system_clock::now();

TextSource text_source(std::string value) {
  return {.file = {}, .text = std::make_shared<const text::Secret>(std::move(value))};
}

class CredentialFiles : public testing::Test {
 protected:
  CredentialFiles() { files_.run("for n in a b; do ssh-keygen -q -t ed25519 -N '' -C $n -f $n; done"); }

  TextSource file(const std::string& name) const { return {.file = files_.path(name), .text = nullptr}; }

  // A certificate of "a" in a-cert.pub.
  void certify(const std::string& options = "") {
    files_.run("[ -f ca ] || ssh-keygen -q -t ed25519 -N '' -f ca; ssh-keygen -q -s ca -I x " + options +
               " a.pub");
  }

  AgentKey agent_key(const std::string& name) const {
    const auto line = files_.read(name);
    const auto blank = line.find(' ');
    return {line.substr(0, blank),
            *text::from_base64(line.substr(blank + 1, line.find(' ', blank + 1) - blank - 1)), name};
  }

  // "certificate a", "key b, agent": what would be shown, by whom.
  std::vector<std::string> shown(const LoadedCredentials& loaded) const {
    std::vector<std::string> all;
    for (const auto& identity : loaded.identities) {
      const bool a = identity.fingerprint == files_.fingerprint("a.pub");
      all.push_back((identity.certificate ? "certificate " : "key ") + std::string(a ? "a" : "b") +
                    (identity.key ? "" : ", agent"));
    }
    return all;
  }

  KeyFiles files_;
};

TEST_F(CredentialFiles, keys_come_in_the_order_given_whether_inline_or_not) {
  Credentials credentials;
  credentials.keys = {file("b"), text_source(files_.read("a"))};
  const auto loaded = read_credentials(credentials, loading_time);
  EXPECT_THAT(shown(loaded), ElementsAre("key b", "key a"));
  EXPECT_THAT(loaded.problems, ElementsAre());
  EXPECT_EQ(to_string(loaded.identities[0]),
            "key " + files_.fingerprint("b") + " (" + files_.path("b") + ")");
  EXPECT_THAT(to_string(loaded.identities[1]), HasSubstr("(the key given inline)"));
}

TEST_F(CredentialFiles, a_broken_key_is_a_problem_and_the_others_are_used) {
  Credentials credentials;
  credentials.keys = {file("missing"), file("a.pub"), file("b")};
  const auto loaded = read_credentials(credentials, loading_time);
  EXPECT_THAT(shown(loaded), ElementsAre("key b"));
  ASSERT_EQ(loaded.problems.size(), 2U);
  EXPECT_EQ(loaded.problems[0].code, errc::key_file_unreadable);
  EXPECT_EQ(loaded.problems[1].code, errc::key_file_invalid);
}

TEST_F(CredentialFiles, the_passphrase_opens_the_key_without_its_line_break) {
  files_.run("ssh-keygen -q -p -P '' -N 'open sesame' -a 4 -f a");
  files_.write("passphrase", "open sesame\n");
  Credentials credentials;
  credentials.keys = {file("a")};
  EXPECT_EQ(read_credentials(credentials, loading_time).problems.at(0).code, errc::key_file_needs_passphrase);
  credentials.passphrase = text_source("open says me");
  EXPECT_EQ(read_credentials(credentials, loading_time).problems.at(0).code, errc::passphrase_wrong);
  for (const auto& right : {text_source("open sesame"), file("passphrase")}) {
    credentials.passphrase = right;
    EXPECT_THAT(shown(read_credentials(credentials, loading_time)), ElementsAre("key a"));
  }
}

TEST_F(CredentialFiles, one_newline_at_the_end_of_a_file_is_no_part_of_the_password) {
  for (const auto& [content, expected] : {std::pair{"secret", "secret"},
                                          {"secret\n", "secret"},
                                          {"secret\r\n", "secret"},
                                          {" secret \n\n", " secret \n"}}) {
    files_.write("password", content);
    Credentials credentials;
    credentials.password = file("password");
    EXPECT_EQ(read_credentials(credentials, loading_time).password.reveal(), expected);
  }
  Credentials credentials;
  credentials.password = text_source("secret\n");
  EXPECT_EQ(read_credentials(credentials, loading_time).password.reveal(), "secret\n");
}

TEST_F(CredentialFiles, a_password_file_that_is_not_there_is_a_problem) {
  Credentials credentials;
  credentials.password = file("missing");
  EXPECT_EQ(read_credentials(credentials, loading_time).problems.at(0).code, errc::secret_file_unreadable);
}

TEST_F(CredentialFiles, what_is_switched_off_is_not_read) {
  Credentials credentials;
  credentials.keys = {file("missing")};
  credentials.certificate = file("missing");
  credentials.password = file("missing");
  credentials.publickey = credentials.password_method = credentials.keyboard_interactive = false;
  EXPECT_THAT(read_credentials(credentials, loading_time).problems, ElementsAre());
}

TEST_F(CredentialFiles, a_certificate_comes_before_all_keys_and_its_own) {
  certify("-V -1h:+1h");
  Credentials credentials;
  credentials.keys = {file("b"), file("a")};
  credentials.certificate = file("a-cert.pub");
  const auto loaded = read_credentials(credentials, loading_time);
  EXPECT_THAT(shown(loaded), ElementsAre("certificate a", "key b", "key a"));
  EXPECT_THAT(loaded.problems, ElementsAre());
  EXPECT_TRUE(loaded.identities[0].expiry);
}

TEST_F(CredentialFiles, a_certificate_out_of_date_is_a_problem_and_shown_all_the_same) {
  certify("-V 20200101:20200102");
  Credentials credentials;
  credentials.keys = {file("a")};
  credentials.certificate = file("a-cert.pub");
  const auto loaded = read_credentials(credentials, loading_time);
  EXPECT_THAT(shown(loaded), ElementsAre("certificate a", "key a"));
  ASSERT_EQ(loaded.problems.size(), 1U);
  EXPECT_EQ(loaded.problems[0].code, errc::certificate_expired);
  EXPECT_THAT(loaded.problems[0].detail, HasSubstr("2020-01-0"));
}

TEST_F(CredentialFiles, a_certificate_of_no_use_is_a_problem_and_not_shown) {
  Credentials credentials;
  credentials.keys = {file("b")};
  certify();
  credentials.certificate = file("a-cert.pub");
  auto loaded = read_credentials(credentials, loading_time);
  EXPECT_THAT(shown(loaded), ElementsAre("key b"));
  EXPECT_THAT(loaded.problems.at(0).detail, HasSubstr(files_.fingerprint("a")));
  certify("-h");
  loaded = read_credentials(credentials, loading_time);
  EXPECT_THAT(shown(loaded), ElementsAre("key b"));
  EXPECT_THAT(loaded.problems.at(0).detail, HasSubstr("host certificate"));
  credentials.certificate = file("missing");
  loaded = read_credentials(credentials, loading_time);
  EXPECT_EQ(loaded.problems.at(0).code, errc::certificate_invalid);
  EXPECT_THAT(loaded.problems.at(0).detail, HasSubstr("No such file"));
}

TEST_F(CredentialFiles, the_agent_signs_for_a_certificate_without_a_key) {
  certify();
  Credentials credentials;
  credentials.keys = {file("b")};
  credentials.certificate = file("a-cert.pub");
  credentials.agent_socket = "/agent";
  auto loaded = read_credentials(credentials, loading_time);
  EXPECT_TRUE(loaded.without_key);
  EXPECT_THAT(loaded.problems, ElementsAre()) << "the agent may have its key";
  add_agent_keys(loaded, {agent_key("a.pub")}, true);
  EXPECT_THAT(shown(loaded), ElementsAre("certificate a, agent", "key b"));
  EXPECT_EQ(loaded.identities[0].agent_key, agent_key("a.pub").blob)
      << "the agent knows the key by its plain form";
  loaded = read_credentials(credentials, loading_time);
  add_agent_keys(loaded, {agent_key("b.pub")}, false);
  EXPECT_EQ(loaded.problems.at(0).code, errc::certificate_invalid);
}

TEST_F(CredentialFiles, the_agents_keys_come_last_and_none_twice) {
  certify();
  Credentials credentials;
  credentials.keys = {file("b")};
  credentials.agent_socket = "/agent";
  auto loaded = read_credentials(credentials, loading_time);
  add_agent_keys(loaded, {agent_key("b.pub"), agent_key("a.pub"), agent_key("a-cert.pub")}, false);
  EXPECT_THAT(shown(loaded), ElementsAre("key b", "key a, agent", "certificate a, agent"));
  EXPECT_THAT(to_string(loaded.identities[1]), HasSubstr("(the agent, a.pub)"));
}

TEST_F(CredentialFiles, with_identities_only_a_public_key_file_selects_from_the_agent) {
  Credentials credentials;
  credentials.keys = {file("a.pub")};
  credentials.agent_socket = "/agent";
  auto loaded = read_credentials(credentials, loading_time);
  EXPECT_THAT(loaded.problems, ElementsAre());
  add_agent_keys(loaded, {agent_key("b.pub"), agent_key("a.pub")}, true);
  EXPECT_THAT(shown(loaded), ElementsAre("key a, agent"));
}

TEST_F(CredentialFiles, a_damaged_certificate_in_the_agent_is_left_out) {
  LoadedCredentials loaded;
  add_agent_keys(loaded, {{"ssh-ed25519-cert-v01@openssh.com", {1, 2, 3}, "x"}}, false);
  EXPECT_THAT(loaded.identities, testing::IsEmpty());
}

}  // namespace
}  // namespace towline::ssh
