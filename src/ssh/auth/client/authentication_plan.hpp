// Which method of user authentication comes next, and what goes into it. Pure decisions.
#pragma once

#include "ssh/auth/authentication_messages.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace towline::ssh {

// `accepted`: the server wants more, but this was right (RFC 4252, 5.1: partial success).
enum class Tried { no, refused, accepted };

struct AuthenticationState {
  std::vector<std::string> offered;  // by the server, after the last answer
  // What the configuration allows and what there is to use.
  bool publickey = true;
  bool keyboard_interactive = true;
  bool password = false;
  bool answer = false;         // there is one for a question
  bool nothing_set_up = true;  // to log in with
  bool agent_unasked = false;
  bool agent_first = false;  // the certificate's key can only be there

  std::vector<Tried> identities;  // certificate, keys, the agent's
  Tried keyboard_interactive_tried = Tried::no;
  Tried password_tried = Tried::no;
};

struct AuthenticationStep {
  enum class Kind { ask_agent, publickey, keyboard_interactive, password, give_up };
  Kind kind = Kind::give_up;
  std::size_t identity = 0;  // of publickey

  bool operator==(const AuthenticationStep&) const = default;
};

// Certificate, keys, agent, keyboard-interactive, password; only what the server offers, and nothing twice.
// The agent is asked when nothing else is left to show, or first where the certificate needs it. Without an
// answer keyboard-interactive is for servers that ask nothing: where nothing is set up, or as a further
// factor; elsewhere it would be one more failed attempt.
AuthenticationStep next_step(const AuthenticationState& state);

// After a partial success: what was refused may be right for the next factor, what was accepted is used up.
void begin_next_factor(AuthenticationState& state);

// Names of a public key algorithm: in the request, and on the signature.
struct KeyAlgorithm {
  std::string request;
  std::string signature;

  bool operator==(const KeyAlgorithm&) const = default;
};

// For a key or certificate of `type`: the first of `ours` that fits. RSA keys sign with SHA-2 only; of those
// `servers` (server-sig-algs, RFC 8308) decides where the server said something.
std::optional<KeyAlgorithm> key_algorithm(std::string_view type, std::string_view ours,
                                          std::string_view servers);

// Answers to the questions of keyboard-interactive: the password to the first one that is not echoed, once.
// Nothing where something else is asked for; the password may be empty for "there is none".
std::optional<std::vector<std::string_view>> answers_to(std::span<const Prompt> prompts,
                                                        std::string_view password, bool& password_used);

}  // namespace towline::ssh
