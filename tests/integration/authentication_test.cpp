#include "integration/fixtures/asyncssh_server.hpp"
#include "integration/fixtures/ssh_agent.hpp"
#include "integration/fixtures/tunnel.hpp"

#include <unistd.h>

namespace towline::fixtures {

namespace {

using namespace std::chrono_literals;

// Generous: bcrypt takes its time under a sanitizer.
constexpr auto limit = 60s;
constexpr auto passphrase = "phrase plugh";

const auto every_key_type = testing::Values(KeyType::ed25519, KeyType::ecdsa, KeyType::rsa_4096);
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

class Authentication : public testing::Test {
 protected:
  // For a server; nothing about keys and passwords yet.
  Environment environment(const SshServer& server) const {
    auto variables = tunnel_environment(server, {}, Mode::local, entry_.number(), target_.port());
    variables.erase("SSH_KEY_FILE");
    return variables;
  }

  void expect_accepted(Environment variables) {
    Towline towline(dir_, std::move(variables));
    EXPECT_TRUE(towline.ready_within(limit)) << towline.log();
    EXPECT_TRUE(echoes(entry_.number(), 5s));
    expect_no_secret(towline);
    log_ = towline.log();
    metrics_ = towline.get("/metrics").body;
  }

  // The attempt fails for `auth`, and the log says these words.
  void expect_refused(Environment variables, const std::vector<std::string>& words) {
    Towline towline(dir_, std::move(variables));
    const auto refused = [&] {
      return towline.metric("towline_ssh_connect_failures_total", {{"reason", "auth"}}) >= 1 &&
             towline.logged("ssh.auth_failed");
    };
    EXPECT_TRUE(eventually(limit, refused)) << towline.log();
    for (const auto& word : words) EXPECT_TRUE(towline.logged(word)) << word << "\n" << towline.log();
    EXPECT_TRUE(towline.logged("hint="));
    EXPECT_FALSE(towline.ready());
    expect_no_secret(towline);
  }

  static void expect_no_secret(const Towline& towline) {
    EXPECT_FALSE(towline.logged(passphrase));
    EXPECT_FALSE(towline.logged(AsyncsshServer::password));
  }

  TempDir dir_;
  FreePort entry_;
  EchoServer target_;
  std::string log_;
  std::string metrics_;
};

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

INSTANTIATE_TEST_SUITE_P(Every, KeyOfType, every_key_type, type_name);

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
  ASSERT_TRUE(eventually(limit, [&] { return sshd.log().find("method none") != std::string::npos; }));
  towline.terminate();
  EXPECT_EQ(towline.process().exit_code(limit), 0);
}

// What asyncssh asks for, and whether it is satisfied.
struct Asked {
  const char* name;
  std::vector<std::string> steps;
};

void PrintTo(const Asked& asked, std::ostream* out) { *out << asked.name; }

class Proof : public Authentication, public testing::WithParamInterface<Asked> {};

TEST_P(Proof, is_given) {
  const auto key = make_key(dir_);
  AsyncsshServer server(dir_, GetParam().steps);
  server.authorize(key);
  server.start();
  auto variables = environment(server);
  variables["SSH_KEY_FILE"] = key.private_file;
  variables["SSH_PASSWORD"] = AsyncsshServer::password;
  expect_accepted(variables);
}

INSTANTIATE_TEST_SUITE_P(
    Asked, Proof,
    testing::Values(Asked{"none", {"none"}}, Asked{"password", {"password"}},
                    Asked{"questions_without_a_question", {"questions:none"}},
                    Asked{"question_for_the_password", {"questions:password"}},
                    Asked{"questions_in_two_rounds", {"questions:twice"}},
                    Asked{"publickey_then_questions", {"publickey", "questions:password"}},
                    Asked{"publickey_then_no_question", {"publickey", "questions:none"}},
                    Asked{"questions_then_publickey", {"questions:password", "publickey"}},
                    Asked{"all_three", {"password", "questions:password", "publickey"}}),
    [](const auto& info) { return std::string(info.param.name); });

TEST_F(Authentication, by_questions_that_want_more_than_a_password_names_the_question) {
  AsyncsshServer server(dir_, {"questions:code"});
  server.start();
  auto variables = environment(server);
  variables["SSH_PASSWORD"] = AsyncsshServer::password;
  expect_refused(variables, {"keyboard-interactive, which asked", "the server offers keyboard-interactive"});
}

TEST_F(Authentication, by_a_password_that_has_to_be_changed_says_so) {
  AsyncsshServer server(dir_, {"password:change"});
  server.start();
  auto variables = environment(server);
  variables["SSH_PASSWORD"] = AsyncsshServer::password;
  expect_refused(variables, {"the server wants the password to be changed first"});
}

TEST_F(Authentication, by_a_wrong_password_is_refused) {
  AsyncsshServer server(dir_, {"password"});
  server.start();
  auto variables = environment(server);
  variables["SSH_PASSWORD"] = "wrong-xyzzy";
  expect_refused(variables, {"refused password", "the server offers password"});
}

TEST_F(Authentication, that_the_first_factor_does_not_satisfy_says_what_was_accepted) {
  AsyncsshServer server(dir_, {"publickey", "password"});
  const auto key = make_key(dir_);
  server.authorize(key);
  server.start();
  auto variables = environment(server);
  variables["SSH_KEY_FILE"] = key.private_file;
  expect_refused(variables, {"accepted key " + key.fingerprint(), "the server offers password"});
}

TEST_F(Authentication, by_two_keys_in_turn_satisfies_sshd) {
  Sshd sshd(dir_, KeyType::ed25519, {"AuthenticationMethods publickey,publickey"});
  const auto first = make_key(dir_);
  const auto second = make_key(dir_, KeyType::ecdsa);
  sshd.authorize(first);
  sshd.authorize(second);
  sshd.start();
  SshAgent agent(dir_);
  agent.add(second.private_file);
  auto variables = environment(sshd);
  variables["SSH_KEY_FILE"] = first.private_file;
  variables["SSH_AUTH_SOCK"] = agent.socket();
  expect_accepted(variables);
  EXPECT_NE(log_.find("publickey,publickey"), std::string::npos);
}

// A shadow file of our own in the server's mount namespace: the user's password is asyncssh's.
std::string with_password(TempDir& dir, const std::string& user) {
  const auto file = dir.fresh_path("shadow", "");
  auto hash = output_of({"/usr/bin/openssl", "passwd", "-6", AsyncsshServer::password});
  hash.erase(hash.find_last_not_of('\n') + 1);
  write_file(file, user + ":" + hash + ":19000:0:99999:7:::\n");
  return "mount --bind " + file + " /etc/shadow && ";
}

class PasswordSshd final : public Sshd {
 public:
  using Sshd::Sshd;
  ~PasswordSshd() override { kill_all(); }

 protected:
  Command command() override {
    auto plain = Sshd::command();
    std::string line = with_password(dir(), user()) + "exec";
    for (const auto& word : plain.argv) line += " " + word;
    plain.argv = {"/usr/bin/unshare", "-m", "/bin/sh", "-c", line};
    plain.environment["PATH"] = "/usr/bin:/bin:/usr/sbin:/sbin";
    return plain;
  }
};

class TwoFactorDropbear final : public Dropbear {
 public:
  using Dropbear::Dropbear;
  ~TwoFactorDropbear() override { kill_all(); }

 protected:
  Command command() override {
    auto plain = Dropbear::command();
    auto& script = plain.argv.back();
    script.replace(script.find(" -s "), 4, " -t ");  // both instead of no passwords at all
    script = with_password(dir(), user()) + script;
    return plain;
  }
};

TEST_F(Authentication, by_key_and_password_satisfies_sshd) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root for a mount namespace";
  PasswordSshd sshd(dir_, KeyType::ed25519,
                    {"PasswordAuthentication yes", "AuthenticationMethods publickey,password"});
  const auto key = make_key(dir_, KeyType::rsa_4096);
  sshd.authorize(key);
  sshd.start();
  auto variables = environment(sshd);
  variables["SSH_KEY_FILE"] = key.private_file;
  variables["SSH_PASSWORD"] = AsyncsshServer::password;
  expect_accepted(variables);
  EXPECT_NE(log_.find("publickey,password"), std::string::npos);
}

TEST_F(Authentication, by_key_and_password_satisfies_dropbear) {
  if (!Dropbear::available()) GTEST_SKIP() << "needs root and /usr/sbin/dropbear";
  TwoFactorDropbear dropbear(dir_);
  const auto key = make_key(dir_);
  dropbear.authorize(key);
  dropbear.start();
  auto variables = environment(dropbear);
  variables["SSH_KEY_FILE"] = key.private_file;
  write_file(dir_.path("password"), std::string(AsyncsshServer::password) + "\n");
  variables["SSH_PASSWORD_FILE"] = dir_.path("password");
  expect_accepted(variables);
}

}  // namespace

}  // namespace towline::fixtures
