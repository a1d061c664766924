#include "supervisor/explain_authentication.hpp"

#include "ssh/error.hpp"

#include <boost/asio/error.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

namespace towline::supervisor {
namespace {

using ssh::errc;
using testing::HasSubstr;
using testing::Not;

const std::string login_user = "tunnel";

struct LoginRow {
  const char* name;
  errc code;
  const char* offered;
  std::function<void(ssh::Credentials&)> change;
  std::vector<std::string> words;
  std::vector<std::string> others;  // that would mislead
};

void with_key(ssh::Credentials& credentials) { credentials.keys = {{.file = "/id_rsa", .text = nullptr}}; }

void with_password(ssh::Credentials& credentials) {
  credentials.password = {.file = "/password", .text = nullptr};
}

const LoginRow login_rows[] = {
    {"refused",
     errc::authentication_refused,
     "publickey",
     with_key,
     {"~tunnel/.ssh/authorized_keys", "AllowUsers"},
     {"SSH_PASSWORD", "MaxAuthTries"}},
    {"password refused",
     errc::password_refused,
     "password",
     with_password,
     {"SSH_PASSWORD", "PermitRootLogin"},
     {"authorized_keys"}},
    {"too many",
     errc::too_many_attempts,
     "publickey",
     {},
     {"MaxAuthTries", "IdentitiesOnly", "SSH_KEY_FILE"},
     {"authorized_keys"}},
    {"a person is asked",
     errc::questions_unanswered,
     "keyboard-interactive",
     with_password,
     {"Match User tunnel", "AuthenticationMethods publickey"},
     {"authorized_keys"}},
    {"a password is asked for, and there is none",
     errc::questions_unanswered,
     "keyboard-interactive",
     with_key,
     {"set SSH_PASSWORD, if a password is asked for; else let tunnel log in"},
     {"authorized_keys"}},
    {"only a password is taken",
     errc::method_not_offered,
     "password",
     with_key,
     {"set SSH_PASSWORD;", "PubkeyAuthentication"},
     {"SSH_KEY_FILE"}},
    {"only questions are taken",
     errc::method_not_offered,
     "keyboard-interactive",
     with_key,
     {"set SSH_PASSWORD;"},
     {"SSH_KEY_FILE"}},
    {"nothing is set up",
     errc::method_not_offered,
     "publickey,password",
     {},
     {"set SSH_KEY_FILE, SSH_KEY or SSH_PASSWORD"},
     {}},
    {"only what we do not know",
     errc::method_not_offered,
     "hostbased,gssapi-with-mic",
     with_key,
     {"PubkeyAuthentication"},
     {"set "}},
    {"keys are ruled out here",
     errc::method_not_offered,
     "publickey",
     [](ssh::Credentials& c) {
       with_key(c);
       c.publickey = false;
     },
     {"take PubkeyAuthentication no out of SSH_OPTIONS"},
     {"sshd_config"}},
    {"passwords are ruled out here",
     errc::method_not_offered,
     "password",
     [](ssh::Credentials& c) {
       with_password(c);
       c.password_method = false;
     },
     {"take PasswordAuthentication no out"},
     {}},
    {"a password as well",
     errc::more_proof_required,
     "password",
     with_key,
     {"set SSH_PASSWORD as well", "AuthenticationMethods"},
     {"SSH_KEY_FILE"}},
    {"a key as well",
     errc::more_proof_required,
     "publickey",
     with_password,
     {"set SSH_KEY_FILE or SSH_KEY as well"},
     {"SSH_PASSWORD"}},
    {"a second key",
     errc::more_proof_required,
     "publickey",
     with_key,
     {"set SSH_AUTH_SOCK for another key as well"},
     {"SSH_KEY_FILE"}},
    {"something else as well",
     errc::more_proof_required,
     "hostbased",
     with_key,
     {"AuthenticationMethods"},
     {"as well"}},
    {"key cannot be used",
     errc::key_file_invalid,
     "publickey,keyboard-interactive",
     with_key,
     {"private key at /id_rsa"},
     {"authorized_keys"}},
};

TEST(ExplainAuthentication, each_hint_follows_from_what_happened) {
  for (const auto& row : login_rows) {
    ssh::Credentials credentials;
    if (row.change) row.change(credentials);
    Failure failure(row.code);
    failure.offered = row.offered;
    const auto text = authentication_hint(failure, {login_user, credentials});
    for (const auto& word : row.words) EXPECT_THAT(text, HasSubstr(word)) << row.name;
    for (const auto& other : row.others) EXPECT_THAT(text, Not(HasSubstr(other))) << row.name;
  }
}

TEST(ExplainAuthentication, other_failures_are_explained_elsewhere) {
  const ssh::Credentials none;
  EXPECT_EQ(authentication_hint(errc::peer_closed, {login_user, none}), "");
  EXPECT_EQ(authentication_hint(Failure(boost::asio::error::connection_refused), {login_user, none}), "");
}

}  // namespace
}  // namespace towline::supervisor
