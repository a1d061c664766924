// Each failure of a credential, caused with real parts, says what it is and what to do.
#include "integration/fixtures/asyncssh_server.hpp"
#include "integration/fixtures/hints.hpp"
#include "integration/fixtures/ssh_agent.hpp"

#include <filesystem>

namespace towline::fixtures {

namespace {

using namespace std::chrono_literals;

Told refused(Words words, Words hint) {
  return no_session("auth", std::move(words), std::move(hint), "ssh.auth_failed");
}

class CredentialHints : public Hints {
 protected:
  // Only these variables say who we are.
  std::string with(const Environment& credentials, const Told& told) {
    auto variables = environment();
    variables.erase("SSH_KEY_FILE");
    for (const auto& [name, value] : credentials) variables[name] = value;
    const Towline towline(dir_, std::move(variables));
    return missing_of(told, towline);
  }

  std::string with_certificate(const std::string& file, const Told& told) {
    return with({{"SSH_KEY_FILE", stranger_.private_file}, {"SSH_CERTIFICATE_FILE", file}}, told);
  }

  KeyPair authority_ = make_key(dir_);
  KeyPair stranger_ = make_key(dir_);  // not in authorized_keys: without its certificate it is refused
};

TEST_F(CredentialHints, the_certificate_has_expired) {
  Sshd server(dir_, KeyType::ed25519, {"TrustedUserCAKeys " + authority_.private_file + ".pub"});
  server.start();
  const auto file = certify(stranger_, authority_, {"-n", server.user(), "-V", "20200101:20200202"});
  EXPECT_EQ(with({{"SSH_REMOTE_PORT", std::to_string(server.port())},
                  {"SSH_KNOWN_HOSTS_FILE", server.known_hosts_file()},
                  {"SSH_KEY_FILE", stranger_.private_file},
                  {"SSH_CERTIFICATE_FILE", file}},
                 refused({"not valid at this time", "2020-02-0"},
                         {"renew the certificate", "clock", "ssh-keygen -L -f"})),
            "");
}

TEST_F(CredentialHints, the_certificate_is_for_another_key) {
  const auto other = certify(make_key(dir_), authority_, {"-n", sshd_.user()});
  EXPECT_EQ(with_certificate(other, refused({"the user certificate cannot be used", "signed for"},
                                            {"-cert.pub file", "ssh-keygen -L -f"})),
            "");
}

TEST_F(CredentialHints, the_certificate_is_damaged) {
  const auto file = certify(stranger_, authority_, {"-n", sshd_.user()});
  auto text = read_file(file);
  write_file(file, text.erase(text.size() / 2));
  EXPECT_EQ(with_certificate(file, refused({"the user certificate cannot be used", file},
                                           {"-cert.pub file", "ssh-keygen -L -f"})),
            "");
}

TEST_F(CredentialHints, the_file_of_the_password_is_gone_when_it_is_needed_again) {
  AsyncsshServer server(dir_, {"password"});
  server.start();
  const auto file = dir_.path("password");
  write_file(file, AsyncsshServer::password);
  auto variables = tunnel_environment(server, {}, Mode::remote, entry_.number(), target_.port());
  variables.erase("SSH_KEY_FILE");
  variables["SSH_PASSWORD_FILE"] = file;
  const Towline towline(dir_, std::move(variables));
  ASSERT_TRUE(towline.ready_within(30s));
  std::filesystem::remove(file);
  server.kill_all();
  server.start();
  EXPECT_EQ(missing_of(refused({file}, {"mode 0400 or 0440"}), towline), "");
}

TEST_F(CredentialHints, the_password_has_to_be_changed) {
  AsyncsshServer server(dir_, {"password:change"});
  server.start();
  EXPECT_EQ(with({{"SSH_REMOTE_PORT", std::to_string(server.port())},
                  {"SSH_KNOWN_HOSTS_FILE", server.known_hosts_file()},
                  {"SSH_PASSWORD", AsyncsshServer::password}},
                 refused({"requires a password change"}, {"log in once as " + server.user()})),
            "");
}

TEST_F(CredentialHints, nobody_is_at_the_agents_socket) {
  const auto socket = dir_.path("nobody");
  EXPECT_EQ(with({{"SSH_AUTH_SOCK", socket}}, refused({"agent cannot be reached", socket},
                                                      {"an agent listens on SSH_AUTH_SOCK " + socket})),
            "");
}

TEST_F(CredentialHints, the_agent_has_no_key) {
  const SshAgent agent(dir_);
  EXPECT_EQ(with({{"SSH_AUTH_SOCK", agent.socket()}},
                 refused({"holds no key", agent.socket()}, {"ssh-add", agent.socket()})),
            "");
}

TEST_F(CredentialHints, the_agent_wants_a_confirmation_that_nobody_gives) {
  const SshAgent agent(dir_);
  agent.add(key_.private_file, {"-c"});
  EXPECT_EQ(with({{"SSH_AUTH_SOCK", agent.socket()}},
                 refused({"failed the request", agent.socket()},
                         {"ssh-add -l", "want a confirmation", agent.socket()})),
            "");
}

TEST_F(CredentialHints, the_agent_has_more_keys_than_the_server_looks_at) {
  SshAgent agent(dir_);
  for (int i = 0; i < 8; ++i) agent.add(make_key(dir_).private_file);
  agent.add(key_.private_file);
  EXPECT_EQ(with({{"SSH_AUTH_SOCK", agent.socket()}},
                 refused({"the server ended the login: refused", "Too many authentication failures"},
                         {"MaxAuthTries", "IdentitiesOnly", "SSH_KEY_FILE"})),
            "");
}

TEST_F(CredentialHints, one_key_that_is_refused_with_a_goodbye_is_refused) {
  Sshd server(dir_, KeyType::ed25519, {"MaxAuthTries 1"});
  server.start();
  EXPECT_EQ(with({{"SSH_REMOTE_PORT", std::to_string(server.port())},
                  {"SSH_KNOWN_HOSTS_FILE", server.known_hosts_file()},
                  {"SSH_KEY_FILE", stranger_.private_file}},
                 refused({"refused key " + stranger_.fingerprint()}, {"authorized_keys"})),
            "");
}

TEST_F(CredentialHints, the_server_offers_no_method_that_is_set_up) {
  Sshd server(dir_, KeyType::ed25519,
              {"PubkeyAuthentication no", "PasswordAuthentication no", "KbdInteractiveAuthentication yes"});
  server.start();
  EXPECT_EQ(
      with({{"SSH_REMOTE_PORT", std::to_string(server.port())},
            {"SSH_KNOWN_HOSTS_FILE", server.known_hosts_file()},
            {"SSH_KEY_FILE", key_.private_file}},
           refused({"no authentication method that is set up here", "the server offers keyboard-interactive"},
                   {"set SSH_PASSWORD", "PubkeyAuthentication"})),
      "");
}

TEST_F(CredentialHints, a_key_that_is_none_is_the_reason_whatever_else_is_offered) {
  Sshd server(dir_, KeyType::ed25519, {"PasswordAuthentication yes", "KbdInteractiveAuthentication yes"});
  server.start();
  const auto file = dir_.path("key.ppk");
  write_file(file, "PuTTY-User-Key-File-3: ssh-ed25519\r\n");
  auto told = refused({"cannot be used", "PuTTY's format", "password"}, {"OpenSSH, PEM or PKCS#8"});
  EXPECT_EQ(with({{"SSH_REMOTE_PORT", std::to_string(server.port())},
                  {"SSH_KNOWN_HOSTS_FILE", server.known_hosts_file()},
                  {"SSH_KEY_FILE", file}},
                 told),
            "");
}

}  // namespace

}  // namespace towline::fixtures
