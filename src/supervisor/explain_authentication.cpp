#include "supervisor/explain_authentication.hpp"

#include "text/pattern.hpp"

#include <cstddef>
#include <vector>

namespace towline::supervisor {

namespace {

// What of the methods a server offers can be set up here, and is not: "SSH_KEY_FILE, SSH_KEY or
// SSH_PASSWORD".
std::string to_be_set(const std::string& offered, const Peer& peer) {
  const auto& credentials = peer.credentials;
  std::vector<std::string> variables;
  if (text::lists(offered, "publickey") && credentials.publickey) {
    const bool another = !credentials.keys.empty();
    variables.emplace_back(another ? "SSH_AUTH_SOCK for another key" : "{key_variable}");
    if (!another && peer.passwords) variables.emplace_back("SSH_KEY");  // a jump host has no such variable
  }
  const bool takes_password =
      (text::lists(offered, "password") && credentials.password_method) ||
      (text::lists(offered, "keyboard-interactive") && credentials.keyboard_interactive);
  if (takes_password && peer.passwords && !credentials.password) variables.emplace_back("SSH_PASSWORD");
  std::string text;
  for (std::size_t i = 0; i < variables.size(); ++i)
    text += (i == 0 ? "" : i + 1 < variables.size() ? ", " : " or ") + variables[i];
  return text;
}

// A method that is offered and set up, and that an option forbids.
std::string forbidden_here(const std::string& offered, const ssh::Credentials& credentials) {
  const bool key = !credentials.keys.empty() || !credentials.agent_socket.empty();
  if (key && !credentials.publickey && text::lists(offered, "publickey")) return "PubkeyAuthentication";
  if (!credentials.password) return {};
  if (!credentials.password_method && text::lists(offered, "password")) return "PasswordAuthentication";
  if (!credentials.keyboard_interactive && text::lists(offered, "keyboard-interactive"))
    return "KbdInteractiveAuthentication";
  return {};
}

}  // namespace

std::string questions_unanswered(const Failure& /*failure*/, const Peer& peer) {
  const bool without = peer.passwords && !peer.credentials.password;
  return std::string(without ? "set SSH_PASSWORD, if a password is asked for; else let" : "let") +
         " {user} log in without a person: AuthenticationMethods publickey below Match User {user} in "
         "{sshd_config}";
}

// Servers count what they refuse, and each key of an agent is one.
std::string login_ended(const Failure& /*failure*/, const Peer& peer) {
  const auto& credentials = peer.credentials;
  if (credentials.agent_socket.empty() && credentials.keys.size() <= 1)
    return "the log of {server} says why; where it counts attempts, raise MaxAuthTries in {sshd_config}";
  return "show the right key only: name it with {key_variable}, and leave SSH_AUTH_SOCK out or set -o "
         "IdentitiesOnly=yes in SSH_OPTIONS; or raise MaxAuthTries in {sshd_config}";
}

std::string more_proof_required(const Failure& failure, const Peer& peer) {
  const std::string allow =
      "let what was accepted be enough for {user}: AuthenticationMethods in {sshd_config}";
  const auto variables = to_be_set(failure.offered, peer);
  return variables.empty() ? allow : "set " + variables + " as well; or " + allow;
}

std::string method_not_offered(const Failure& failure, const Peer& peer) {
  if (const auto option = forbidden_here(failure.offered, peer.credentials); !option.empty())
    return "take " + option + " no out of SSH_OPTIONS, or PreferredAuthentications: the server offers it";
  std::string allow =
      "let {user} log in by key: PubkeyAuthentication and AuthenticationMethods in {sshd_config}";
  const auto variables = to_be_set(failure.offered, peer);
  if (variables.empty()) return allow;
  return "set " + variables + (text::lists(failure.offered, "publickey") ? "" : "; or " + allow);
}

std::string authentication_refused(const Failure& /*failure*/, const Peer& peer) {
  const auto& credentials = peer.credentials;
  if (!credentials.keys.empty() || !credentials.agent_socket.empty() || credentials.password)
    return "add the public key to ~{user}/.ssh/authorized_keys on {server}, and check {user_variable} and "
           "{key_variable}, the mode of authorized_keys, and AllowUsers and PubkeyAcceptedAlgorithms in "
           "{sshd_config}";
  if (peer.passwords) return "no key or password is configured: set SSH_KEY_FILE, SSH_KEY or SSH_PASSWORD";
  return "there is no key for {server}: set {key_variable}, or SSH_KEY_FILE for every server";
}

}  // namespace towline::supervisor
