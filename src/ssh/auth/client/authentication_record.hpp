// What happened in one authentication, and what of it the operator is told. Pure.
#pragma once

#include "async/result.hpp"

#include <string>
#include <vector>

namespace towline::ssh {

// What was shown to the server. `questions`: those of keyboard-interactive that nobody could answer.
enum class Proof { key, agent_key, password, questions };

struct AuthenticationRecord {
  struct Refusal {
    Proof proof;
    std::string what;  // "key SHA256:… (/id_rsa)", "password"
  };

  std::vector<std::string> offered;   // methods, by the server's last answer
  std::vector<std::string> accepted;  // as Refusal::what
  std::vector<Refusal> refused;
  std::vector<Failure> problems;  // what could not be tried, and why
  bool expired_refused = false;   // a certificate that is out of date was refused
  bool password_change = false;   // the server took the password and wants another
  bool ended = false;             // the server has ended the session
  bool more_to_show = false;      // there was more to try
};

// Why it came to nothing, with everything in its detail and `offered` by the server. The code is what
// decides: the key or agent that could not be used and kept from anything better, the refusal, or what the
// server wants besides.
Failure explain_refusal(const AuthenticationRecord& record);

}  // namespace towline::ssh
