#include "supervisor/explain_authentication.hpp"

#include "ssh/wire/error.hpp"
#include "supervisor/explain.hpp"

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

struct LoginRow {
  const char* name;
  errc code;
  const char* offered;
  std::function<void(ssh::Credentials&)> change;
  std::vector<std::string> words;
  std::vector<std::string> others;  // that would mislead
};

void with_key(ssh::Credentials& credentials) { credentials.keys = {{.file = "/id_rsa", .text = nullptr}}; }

void with_agent(ssh::Credentials& credentials) { credentials.agent_socket = "/agent"; }

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
    {"too many keys of an agent",
     errc::login_ended,
     "publickey",
     with_agent,
     {"MaxAuthTries", "IdentitiesOnly", "SSH_KEY_FILE"},
     {"authorized_keys"}},
    {"over with one key shown",
     errc::login_ended,
     "publickey",
     with_key,
     {"the log of the server says why", "MaxAuthTries"},
     {"IdentitiesOnly"}},
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
    ssh::Options options;
    options.user = "tunnel";
    if (row.change) row.change(options.credentials);
    Failure failure(row.code);
    failure.offered = row.offered;
    const auto text = hint(failure, peer_of({"bastion", 22}, options));
    for (const auto& word : row.words) EXPECT_THAT(text, HasSubstr(word)) << row.name;
    for (const auto& other : row.others) EXPECT_THAT(text, Not(HasSubstr(other))) << row.name;
  }
}

}  // namespace
}  // namespace towline::supervisor
