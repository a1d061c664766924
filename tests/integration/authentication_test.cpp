#include "integration/fixtures/authentication.hpp"

#include "integration/fixtures/ssh_agent.hpp"

namespace towline::fixtures {

namespace {

using namespace std::chrono_literals;

std::string type_name(const testing::TestParamInfo<KeyType>& info) { return to_string(info.param); }

void encrypt(const KeyPair& key, const std::vector<std::string>& more = {}) {
  std::vector<std::string> argv{
      "/usr/bin/ssh-keygen", "-q", "-p", "-a", "4", "-P", "", "-N", passphrase, "-f", key.private_file};
  argv.insert(argv.end(), more.begin(), more.end());
  output_of(argv);
}

// Signs the public half; the certificate lies in KEY-cert.pub.
std::string certify(const KeyPair& authority, const KeyPair& key, const std::string& user,
                    const std::string& validity) {
  output_of({"/usr/bin/ssh-keygen", "-q", "-s", authority.private_file, "-I", "test", "-n", user, "-V",
             validity, key.private_file + ".pub"});
  return key.private_file + "-cert.pub";
}

class KeyOfType : public Authentication, public testing::WithParamInterface<KeyType> {
 protected:
  KeyOfType() : key_(make_key(dir_, GetParam())) {}

  KeyPair key_;
};

TEST_P(KeyOfType, encrypted_is_opened_with_its_passphrase) {
  Sshd sshd(dir_);
  sshd.authorize(key_);
  sshd.start();
  const auto fingerprint = key_.fingerprint();
  encrypt(key_);
  auto variables = environment(sshd);
  variables["SSH_KEY_FILE"] = key_.private_file;
  variables["SSH_KEY_PASSPHRASE"] = passphrase;
  expect_accepted(variables);
  EXPECT_EQ(sample(metrics_, "towline_key_info", {{"fingerprint", fingerprint}}), 1);
  EXPECT_GT(sample(metrics_, "towline_key_loaded_timestamp_seconds").value_or(0), 0);

  write_file(dir_.path("phrase"), std::string(passphrase) + "\n");
  variables.erase("SSH_KEY_PASSPHRASE");
  variables["SSH_KEY_PASSPHRASE_FILE"] = dir_.path("phrase");
  expect_accepted(variables);
}

TEST_P(KeyOfType, in_the_environment_with_literal_newlines_is_taken) {
  Sshd sshd(dir_);
  sshd.authorize(key_);
  sshd.start();
  auto variables = environment(sshd);
  std::string inline_key;
  for (const char c : read_file(key_.private_file)) inline_key += c == '\n' ? "\\n" : std::string(1, c);
  variables["SSH_KEY"] = inline_key;
  expect_accepted(variables);
}

TEST_P(KeyOfType, with_a_certificate_needs_no_line_on_the_server) {
  const auto authority = make_key(dir_);
  Sshd sshd(dir_, KeyType::ed25519, {"TrustedUserCAKeys " + authority.private_file + ".pub"});
  sshd.start();
  auto variables = environment(sshd);
  variables["SSH_KEY_FILE"] = key_.private_file;
  variables["SSH_CERTIFICATE_FILE"] = certify(authority, key_, sshd.user(), "-1h:+1h");
  expect_accepted(variables);
  EXPECT_NE(sshd.log().find("Accepted certificate ID \"test\""), std::string::npos);
  EXPECT_GT(sample(metrics_, "towline_certificate_expiry_timestamp_seconds").value_or(0), 1.6e9);
  EXPECT_NE(metrics_.find("-cert-v01@openssh.com"), std::string::npos) << "as key_type of towline_key_info";
}

TEST_P(KeyOfType, in_an_agent_signs) {
  Sshd sshd(dir_);
  sshd.authorize(key_);
  sshd.start();
  SshAgent agent(dir_);
  agent.add(key_.private_file);
  auto variables = environment(sshd);
  variables["SSH_AUTH_SOCK"] = agent.socket();
  expect_accepted(variables);
  EXPECT_EQ(sample(metrics_, "towline_key_info", {{"fingerprint", key_.fingerprint()}}), 1);
}

TEST_P(KeyOfType, in_an_agent_signs_for_a_certificate_from_a_file) {
  const auto authority = make_key(dir_);
  Sshd sshd(dir_, KeyType::ed25519, {"TrustedUserCAKeys " + authority.private_file + ".pub"});
  sshd.start();
  SshAgent agent(dir_);
  agent.add(key_.private_file);
  auto variables = environment(sshd);
  variables["SSH_AUTH_SOCK"] = agent.socket();
  variables["SSH_CERTIFICATE_FILE"] = certify(authority, key_, sshd.user(), "-1h:+1h");
  expect_accepted(variables);
  EXPECT_NE(sshd.log().find("Accepted certificate ID \"test\""), std::string::npos);
}

TEST_P(KeyOfType, and_its_certificate_in_an_agent_sign) {
  const auto authority = make_key(dir_);
  Sshd sshd(dir_, KeyType::ed25519, {"TrustedUserCAKeys " + authority.private_file + ".pub"});
  sshd.start();
  certify(authority, key_, sshd.user(), "-1h:+1h");
  SshAgent agent(dir_);
  agent.add(key_.private_file);
  auto variables = environment(sshd);
  variables["SSH_AUTH_SOCK"] = agent.socket();
  expect_accepted(variables);
}

INSTANTIATE_TEST_SUITE_P(Every, KeyOfType, testing::ValuesIn(every_key_type), type_name);

TEST_F(Authentication, of_an_encrypted_key_without_or_with_the_wrong_passphrase_says_which) {
  Sshd sshd(dir_);
  const auto key = make_key(dir_);
  sshd.authorize(key);
  sshd.start();
  encrypt(key);
  auto variables = environment(sshd);
  variables["SSH_KEY_FILE"] = key.private_file;
  expect_refused(variables, {"encrypted and no passphrase", key.private_file, "SSH_KEY_PASSPHRASE",
                             "the server offers publickey"});
  variables["SSH_KEY_PASSPHRASE"] = "something else";
  expect_refused(variables, {"the passphrase does not open the private key", key.private_file});
}

TEST_F(Authentication, that_is_refused_names_every_key_shown_and_the_methods_offered) {
  Sshd sshd(dir_, KeyType::ed25519, {"PasswordAuthentication yes"});
  sshd.start();
  const auto key = make_key(dir_);
  const auto other = make_key(dir_, KeyType::ecdsa);
  SshAgent agent(dir_);
  agent.add(other.private_file);
  auto variables = environment(sshd);
  variables["SSH_KEY_FILE"] = key.private_file;
  variables["SSH_AUTH_SOCK"] = agent.socket();
  expect_refused(variables,
                 {"key " + key.fingerprint() + " (" + key.private_file + ")",
                  "key " + other.fingerprint() + " (the agent", "the server offers publickey,password"});
}

TEST_F(Authentication, with_more_keys_than_the_server_hears_gives_its_own_words) {
  Sshd sshd(dir_, KeyType::ed25519, {"MaxAuthTries 2"});
  sshd.start();
  SshAgent agent(dir_);
  for (int i = 0; i < 4; ++i) agent.add(make_key(dir_).private_file);
  auto variables = environment(sshd);
  variables["SSH_AUTH_SOCK"] = agent.socket();
  expect_refused(variables, {"Too many authentication failures"});
}

TEST_F(Authentication, with_a_certificate_out_of_date_says_since_when) {
  const auto authority = make_key(dir_);
  Sshd sshd(dir_, KeyType::ed25519, {"TrustedUserCAKeys " + authority.private_file + ".pub"});
  sshd.start();
  const auto key = make_key(dir_);
  auto variables = environment(sshd);
  variables["SSH_KEY_FILE"] = key.private_file;
  variables["SSH_CERTIFICATE_FILE"] = certify(authority, key, sshd.user(), "20200101:20200202");
  expect_refused(variables, {"not valid at this time", "2020-02-0", "certificate " + key.fingerprint()});
  sshd.authorize(key);
  expect_accepted(variables);
  EXPECT_NE(log_.find("not valid at this time"), std::string::npos)
      << "a warning, for the key alone was enough";
}

TEST_F(Authentication, with_a_silent_empty_or_missing_agent_names_it) {
  Sshd sshd(dir_);
  sshd.start();
  auto variables = environment(sshd);
  const SilentAgent silent(dir_);
  variables["SSH_CONNECT_TIMEOUT"] = "3s";
  variables["SSH_AUTH_SOCK"] = silent.socket();
  expect_refused(variables, {silent.socket() + ": it does not answer in time"});
  variables.erase("SSH_CONNECT_TIMEOUT");
  const SshAgent empty(dir_);
  variables["SSH_AUTH_SOCK"] = empty.socket();
  expect_refused(variables, {"the SSH agent holds no key", empty.socket(), "ssh-add"});
  variables["SSH_AUTH_SOCK"] = dir_.path("nobody");
  expect_refused(variables, {"the SSH agent cannot be reached", dir_.path("nobody")});
}

TEST_F(Authentication, does_not_need_a_silent_agent_where_the_key_is_accepted) {
  Sshd sshd(dir_);
  const auto key = make_key(dir_);
  sshd.authorize(key);
  sshd.start();
  const SilentAgent silent(dir_);
  auto variables = environment(sshd);
  variables["SSH_KEY_FILE"] = key.private_file;
  variables["SSH_AUTH_SOCK"] = silent.socket();
  expect_accepted(variables);
}

TEST_F(Authentication, that_waits_for_an_agent_ends_at_once_on_a_signal) {
  Sshd sshd(dir_);
  sshd.start();
  const SilentAgent silent(dir_);
  auto variables = environment(sshd);
  variables["SSH_AUTH_SOCK"] = silent.socket();
  variables["SSH_CONNECT_TIMEOUT"] = "600s";
  Towline towline(dir_, variables);
  ASSERT_TRUE(
      eventually(authentication_limit, [&] { return sshd.log().find("method none") != std::string::npos; }));
  towline.terminate();
  EXPECT_EQ(towline.process().exit_code(authentication_limit), 0);
}

}  // namespace

}  // namespace towline::fixtures
