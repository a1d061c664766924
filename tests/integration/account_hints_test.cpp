// What a server with PAM says of an account decides the hint.
#include "integration/fixtures/hints.hpp"

namespace towline::fixtures {

namespace {

using namespace std::chrono_literals;

class AccountHints : public Hints {
 protected:
  AccountHints() {
    server_.authorize(key_);
    server_.start();
  }

  Environment as(const std::string& user, const Environment& credentials) {
    auto variables = environment();
    variables.erase("SSH_KEY_FILE");
    variables["SSH_REMOTE_USER"] = user;
    variables["SSH_REMOTE_PORT"] = std::to_string(server_.port());
    variables["SSH_KNOWN_HOSTS_FILE"] = server_.known_hosts_file();
    for (const auto& [name, value] : credentials) variables[name] = value;
    return variables;
  }

  std::string refused(const std::string& user, const Environment& credentials, const Told& told) {
    const Towline towline(dir_, as(user, credentials));
    return missing_of(told, towline);
  }

  Environment key() const { return {{"SSH_KEY_FILE", key_.private_file}}; }

  const Environment password_{{"SSH_PASSWORD", "geheim"}};
  PamSshd server_{dir_,
                  {{"expired", "geheim", "20000:0:99999:7::20001:"},
                   {"unused", "geheim", "10000:0:30:7:5::"},
                   {"renew", "geheim", "0:0:99999:7:::"}}};
};

TEST_F(AccountHints, the_account_has_expired_and_a_key_is_shown) {
  for (const auto* user : {"expired", "unused"})
    EXPECT_EQ(refused(user, key(), no_session("closed", {"Your account has expired"}, {"chage -E -1", user})),
              "");
}

TEST_F(AccountHints, the_account_has_expired_and_a_password_is_given) {
  for (const auto* user : {"expired", "unused"})
    EXPECT_EQ(refused(user, password_,
                      no_session("auth", {"the server ended the login", "Your account has expired"},
                                 {"chage -E -1", user}, "ssh.auth_failed")),
              "");
}

TEST_F(AccountHints, the_password_must_be_changed_before_anything_is_forwarded) {
  const auto told = not_listening("refused", {}, {"no-port-forwarding"});
  for (const auto& credentials : {key(), password_}) {
    const Towline towline(dir_, as("renew", credentials));
    EXPECT_EQ(missing_of(told, towline), "");
    EXPECT_TRUE(towline.logged("You are required to change your password")) << towline.log();
    EXPECT_TRUE(towline.logged("hint=\"log in once as renew and change the password")) << towline.log();
  }
}

TEST_F(AccountHints, check_warns_of_a_password_that_must_be_changed) {
  Towline check(dir_, as("renew", key()), {"check"});
  check.process().exit_code(30s);
  EXPECT_TRUE(check.logged("[warning] authentication")) << check.log();
  EXPECT_TRUE(check.logged("-> log in once as renew and change the password")) << check.log();
}

}  // namespace

}  // namespace towline::fixtures
