// What to do where a login came to nothing. Pure.
#pragma once

#include "async/result.hpp"
#include "ssh/options.hpp"

#include <string>

namespace towline::supervisor {

// Who logs in where, and what the operator calls it.
struct Login {
  const std::string& user;
  const ssh::Credentials& credentials;
  std::string server = "the server";
  std::string sshd_config = "the server's sshd_config";
  std::string key_variable = "SSH_KEY_FILE";
  std::string user_variable = "SSH_REMOTE_USER";
  bool passwords = true;  // SSH_PASSWORD is for this one
};

// For the failures of a login, from what was tried and what the server offers. Empty for another failure.
std::string authentication_hint(const Failure& failure, const Login& login);

}  // namespace towline::supervisor
