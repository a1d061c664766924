#include "supervisor/explain_authentication.hpp"

#include "ssh/authentication_plan.hpp"
#include "ssh/error.hpp"

#include <vector>

namespace towline::supervisor {

namespace {

using ssh::errc;

std::string key_advice(const ssh::Credentials& credentials) {
  const auto& keys = credentials.keys;
  return keys.empty() || keys.front().file.empty() ? "" : " at " + keys.front().file;
}

// Keys, certificates, agents and files: what is wrong on this side.
std::string credentials_hint(errc e, const Login& login) {
  const auto& agent = login.credentials.agent_socket;
  const std::string socket = agent.empty() ? "SSH_AUTH_SOCK" : "SSH_AUTH_SOCK " + agent;
  switch (e) {
    case errc::key_file_unreadable:
      return "mount the key where user and group of this process may read it (mode 0400 or 0440)";
    case errc::key_file_invalid:
      return "mount an OpenSSH, PEM or PKCS#8 private key" + key_advice(login.credentials);
    case errc::key_file_needs_passphrase:
      return "set SSH_KEY_PASSPHRASE or SSH_KEY_PASSPHRASE_FILE, or use a key without one (ssh-keygen -p -N "
             "'' -f KEY)";
    case errc::passphrase_wrong:
      return "compare SSH_KEY_PASSPHRASE with what ssh-keygen -y -f KEY accepts; look for a blank or a line "
             "break at its end";
    case errc::certificate_invalid:
      return "mount the -cert.pub file that was signed for this key: ssh-keygen -L -f CERT shows its type "
             "and its key";
    case errc::certificate_expired: return "renew the certificate, or set the clock: ssh-keygen -L -f CERT";
    case errc::secret_file_unreadable:
      return "mount the file where user and group of this process may read it (mode 0400 or 0440)";
    case errc::agent_unreachable: return "check that an agent listens on " + socket + " and lets us connect";
    case errc::agent_failed:
      return "ask the agent on " + socket + " with ssh-add -l; it may be locked, or want a confirmation";
    case errc::agent_empty: return "add a key to the agent on " + socket + " with ssh-add";
    default: return {};
  }
}

// What of the methods a server offers can be set up here, and is not: "SSH_KEY_FILE, SSH_KEY or
// SSH_PASSWORD".
std::string to_be_set(const std::string& offered, const Login& login) {
  const auto& credentials = login.credentials;
  std::vector<std::string> variables;
  if (ssh::lists(offered, "publickey") && credentials.publickey) {
    const bool another = !credentials.keys.empty();
    variables.push_back(another ? "SSH_AUTH_SOCK for another key" : login.key_variable);
    if (!another && login.passwords) variables.emplace_back("SSH_KEY");  // a jump host has no such variable
  }
  const bool takes_password =
      (ssh::lists(offered, "password") && credentials.password_method) ||
      (ssh::lists(offered, "keyboard-interactive") && credentials.keyboard_interactive);
  if (takes_password && login.passwords && !credentials.password) variables.emplace_back("SSH_PASSWORD");
  std::string text;
  for (std::size_t i = 0; i < variables.size(); ++i)
    text += (i == 0 ? "" : i + 1 < variables.size() ? ", " : " or ") + variables[i];
  return text;
}

bool nothing_to_show(const ssh::Credentials& credentials) {
  return credentials.keys.empty() && credentials.agent_socket.empty() && !credentials.password;
}

std::string nothing_to_show_hint(const Login& login) {
  if (login.passwords) return "no key or password is configured: set SSH_KEY_FILE, SSH_KEY or SSH_PASSWORD";
  return "there is no key for " + login.server + ": set " + login.key_variable +
         ", or SSH_KEY_FILE for every server";
}

// A method that is offered and set up, and that an option forbids.
std::string forbidden_here(const std::string& offered, const ssh::Credentials& credentials) {
  const bool key = !credentials.keys.empty() || !credentials.agent_socket.empty();
  if (key && !credentials.publickey && ssh::lists(offered, "publickey")) return "PubkeyAuthentication";
  if (!credentials.password) return {};
  if (!credentials.password_method && ssh::lists(offered, "password")) return "PasswordAuthentication";
  if (!credentials.keyboard_interactive && ssh::lists(offered, "keyboard-interactive"))
    return "KbdInteractiveAuthentication";
  return {};
}

std::string not_offered_hint(const Failure& failure, const Login& login) {
  if (const auto option = forbidden_here(failure.offered, login.credentials); !option.empty())
    return "take " + option + " no out of SSH_OPTIONS, or PreferredAuthentications: the server offers it";
  auto allow = "let " + login.user + " log in by key: PubkeyAuthentication and AuthenticationMethods in " +
               login.sshd_config;
  const auto variables = to_be_set(failure.offered, login);
  if (variables.empty()) return allow;
  return "set " + variables + (ssh::lists(failure.offered, "publickey") ? "" : "; or " + allow);
}

std::string more_proof_hint(const Failure& failure, const Login& login) {
  const auto variables = to_be_set(failure.offered, login);
  const auto allow =
      "let what was accepted be enough for " + login.user + ": AuthenticationMethods in " + login.sshd_config;
  return variables.empty() ? allow : "set " + variables + " as well; or " + allow;
}

std::string questions_hint(const Login& login) {
  const bool without = login.passwords && !login.credentials.password;
  return (without ? "set SSH_PASSWORD, if a password is asked for; else let " : "let ") + login.user +
         " log in without a person: AuthenticationMethods publickey below Match User " + login.user + " in " +
         login.sshd_config;
}

// What the server made of what it was shown.
std::string refusal_hint(const Failure& failure, const Login& login) {
  const auto& sshd_config = login.sshd_config;
  switch (static_cast<errc>(failure.code.value())) {
    case errc::password_change_required:
      return "log in once as " + login.user + " and change the password, or use a key";
    case errc::password_refused:
      return "compare SSH_PASSWORD with the password of " + login.user +
             ", look for a blank or a line break at its end, and check PasswordAuthentication, "
             "PermitRootLogin and AllowUsers in " +
             sshd_config;
    case errc::questions_unanswered: return questions_hint(login);
    case errc::too_many_attempts:
      return "show the right key only: name it with " + login.key_variable +
             ", and leave SSH_AUTH_SOCK out or set -o IdentitiesOnly=yes in SSH_OPTIONS; or raise "
             "MaxAuthTries in " +
             sshd_config;
    case errc::more_proof_required: return more_proof_hint(failure, login);
    case errc::method_not_offered: return not_offered_hint(failure, login);
    case errc::authentication_refused:
      if (nothing_to_show(login.credentials)) return nothing_to_show_hint(login);
      return "add the public key to ~" + login.user + "/.ssh/authorized_keys on " + login.server +
             ", and check " + login.user_variable + " and " + login.key_variable +
             ", the mode of authorized_keys, and AllowUsers and PubkeyAcceptedAlgorithms in " + sshd_config;
    default: return {};
  }
}

}  // namespace

std::string authentication_hint(const Failure& failure, const Login& login) {
  if (failure.code.category() != ssh::error_category()) return {};
  auto hint = credentials_hint(static_cast<errc>(failure.code.value()), login);
  return hint.empty() ? refusal_hint(failure, login) : hint;
}

}  // namespace towline::supervisor
