// What there is to log in with.
#pragma once

#include "ssh/keys/text_source.hpp"

#include <string>
#include <vector>

namespace towline::ssh {

// How we prove who we are. Tried in this order: certificate, keys, agent, keyboard-interactive, password.
struct Credentials {
  std::vector<TextSource> keys{};
  TextSource passphrase{};  // of the keys
  TextSource certificate{};
  TextSource password{};
  std::string agent_socket{};    // SSH_AUTH_SOCK; empty: no agent
  bool identities_only = false;  // IdentitiesOnly: of the agent's keys only those that are in `keys` too
  bool publickey = true;         // PubkeyAuthentication
  bool keyboard_interactive = true;
  bool expects_no_question = false;  // that is tried also with nothing to answer: there may be no question
  bool password_method = true;       // PasswordAuthentication
};

}  // namespace towline::ssh
