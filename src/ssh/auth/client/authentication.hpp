// User authentication (RFC 4252): certificate, keys, agent, keyboard-interactive, password, and more than one
// of them where the server wants that.
#pragma once

#include "async/countdown.hpp"
#include "async/result.hpp"
#include "async/task.hpp"
#include "ssh/auth/options.hpp"
#include "ssh/transport/client/client_transport.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace towline::ssh {

// How the server was satisfied. No secrets.
struct AuthenticationReport {
  using Time = std::chrono::system_clock::time_point;

  std::string methods;      // "publickey", "publickey,password"; empty: the server wanted no proof
  std::string key_type;     // of the first key or certificate it accepted; empty: none
  std::string fingerprint;  // "SHA256:…", of that key
  std::optional<Time> certificate_expiry;
  Time loaded{};                  // when files and agent were read
  std::vector<Failure> problems;  // what could not be used and was not needed
};

// Files and agent are read now. The caller ends it with `countdown`; an agent is given up before that, so
// that it can be named. Errors: authentication_refused (the detail names the methods the server offers, what
// was tried and the fingerprints); where nothing could be tried, why: key_file_unreadable, key_file_invalid,
// key_file_needs_passphrase, passphrase_wrong, certificate_invalid, secret_file_unreadable,
// agent_unreachable, agent_failed, agent_empty; where that is what was refused: certificate_expired,
// password_change_required; peer_closed, peer_disconnected, transport_failed, unexpected_message.
Task<Result<AuthenticationReport>> authenticate(ClientTransport& transport, std::string user,
                                                const Credentials& credentials, Countdown& countdown);

}  // namespace towline::ssh
