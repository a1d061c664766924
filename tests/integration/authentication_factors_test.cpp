#include "integration/fixtures/authentication.hpp"
#include "integration/fixtures/ssh_agent.hpp"

#include <unistd.h>

namespace towline::fixtures {

namespace {

// What asyncssh asks for, and whether it is satisfied.
struct Asked {
  const char* name;
  std::vector<std::string> steps;
};

void PrintTo(const Asked& asked, std::ostream* out) { *out << asked.name; }

using Factors = Authentication;

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

TEST_F(Factors, are_not_asked_for_by_every_server) {
  AsyncsshServer server(dir_, {"none"});
  server.start();
  auto variables = environment(server);
  variables.erase("SSH_KEY_FILE");
  expect_accepted(variables);
  EXPECT_NE(log_.find("no key or password is configured"), std::string::npos) << log_;
}

TEST_F(Factors, that_are_missing_are_named_when_the_server_has_said_no) {
  AsyncsshServer server(dir_, {"publickey"});
  server.start();
  auto variables = environment(server);
  variables.erase("SSH_KEY_FILE");
  expect_refused(variables, {"set SSH_KEY_FILE or SSH_KEY"});
}

TEST_F(Factors, by_questions_that_want_more_than_a_password_names_the_question) {
  AsyncsshServer server(dir_, {"questions:code"});
  server.start();
  auto variables = environment(server);
  variables["SSH_PASSWORD"] = AsyncsshServer::password;
  expect_refused(variables,
                 {"questions that only a person can answer", "which asked 'Password:', 'One-time code:'",
                  "the server offers keyboard-interactive", R"(\"Two steps\", \"Look at your phone\")",
                  "AuthenticationMethods publickey below Match User"});
}

TEST_F(Factors, by_a_password_that_has_to_be_changed_says_so) {
  AsyncsshServer server(dir_, {"password:change"});
  server.start();
  auto variables = environment(server);
  variables["SSH_PASSWORD"] = AsyncsshServer::password;
  expect_refused(variables, {"the server requires a password change first", R"(\"too old\")"});
}

TEST_F(Factors, by_a_wrong_password_is_refused) {
  AsyncsshServer server(dir_, {"password"});
  server.start();
  auto variables = environment(server);
  variables["SSH_PASSWORD"] = "wrong-xyzzy";
  expect_refused(variables, {"the server refused the password", "refused password",
                             "the server offers password", "compare SSH_PASSWORD"});
}

TEST_F(Factors, that_the_first_factor_does_not_satisfy_says_what_was_accepted) {
  AsyncsshServer server(dir_, {"publickey", "password"});
  const auto key = make_key(dir_);
  server.authorize(key);
  server.start();
  auto variables = environment(server);
  variables["SSH_KEY_FILE"] = key.private_file;
  expect_refused(variables,
                 {"the server requires a further authentication method", "accepted key " + key.fingerprint(),
                  "the server offers password", "set SSH_PASSWORD as well"});
}

TEST_F(Factors, by_two_keys_in_turn_satisfies_sshd) {
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

TEST_F(Factors, by_key_and_password_satisfies_sshd) {
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

TEST_F(Factors, by_key_and_password_satisfies_dropbear) {
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
