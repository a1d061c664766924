// What happened in one authentication, and what of it the operator is told. Pure.
#pragma once

#include "async/result.hpp"

#include <string>
#include <vector>

namespace towline::ssh {

struct AuthenticationRecord {
  std::vector<std::string> offered;   // methods, by the server's last answer
  std::vector<std::string> accepted;  // "key SHA256:… (/id_rsa)", "password"
  std::vector<std::string> refused;
  std::vector<Failure> problems;  // what could not be tried, and why
  bool expired_refused = false;   // a certificate that is out of date was refused
  bool password_change = false;   // the server took the password and wants another
};

// Why it came to nothing: authentication_refused with everything in its detail, or the one reason that lies
// behind it. `last_words`: what the server said or did when it ended the session, or empty.
Failure explain_refusal(const AuthenticationRecord& record, const std::string& last_words);

}  // namespace towline::ssh
