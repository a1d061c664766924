// From a host name to an authenticated transport: DNS, TCP, key exchange, host key, authentication, for each
// jump host and then for the server, under one deadline.
#pragma once

#include "async/result.hpp"
#include "async/task.hpp"
#include "net/resolve.hpp"
#include "ssh/auth/client/authentication.hpp"
#include "ssh/client/hops.hpp"
#include "ssh/client/options.hpp"
#include "ssh/transport/client/client_transport.hpp"
#include "ssh/trust/accepted_host_keys.hpp"
#include "ssh/trust/host_key_policy.hpp"
#include "ssh/trust/known_hosts.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace towline::ssh {

enum class ConnectStep { resolve, connect, key_exchange, host_key, authenticate };

// "name resolution", "TCP connection", …
const char* to_string(ConnectStep step);

struct ConnectReport {
  using Duration = std::chrono::steady_clock::duration;

  Duration resolve{}, connect{}, key_exchange{}, authenticate{};
  std::string address;  // of the server, as it was reached; behind jump hosts its name
  std::string server_software;
  Negotiated algorithms;
  ShownHostKey host_key;
  HostKeyDecision host_key_decision;
  AuthenticationReport authentication;
};

// Give the transport (or the session made of it) up first; then close the jump hosts.
struct Connected {
  std::unique_ptr<Hops> hops;  // never null; empty without jump hosts
  std::unique_ptr<ClientTransport> transport;
  ConnectReport report;  // its durations are those of the whole way
  std::vector<ConnectReport> hop_reports;
};

// Called on the io_context.
class ConnectObserver {
 public:
  virtual ~ConnectObserver() = default;
  // What follows, a failure included, is about this jump host (from 0); nothing: about the server itself.
  virtual void on_jump_host(std::optional<std::size_t>) {}
  virtual void on_step(ConnectStep step) = 0;                                // it begins
  virtual void on_known_hosts_skipped(const KnownHosts::BadLine& line) = 0;  // a line that cannot be read
  // The file for keys accepted on first use cannot be read or written; they hold for this process.
  virtual void on_accepted_file_failed(const std::string& problem) = 0;
  virtual void on_resolved(const net::Endpoints&) {}
  virtual void on_server_shown(const ClientTransport&) {
  }  // keys are exchanged, the host key is not judged yet
  virtual void on_handshake_failed(const ClientTransport&) {}
  // What the server, which has let us in, has said until then (PeerWords::quoted()).
  virtual void on_words(const std::string& /*said*/) {}
  virtual void on_host_key_accepted(const ShownHostKey&, const HostKeyDecision&) {}
  // The user was accepted without it: a key that cannot be opened, a certificate out of date, an agent.
  virtual void on_credential_unused(const Failure& /*problem*/) {}
};

// Files are read anew each time. Errors: net::errc, the system's, ssh::errc; operation_aborted when
// cancelled. After options.connect_timeout: connect_timeout, and the detail names the step that did not end.
// Each has what the server has said so far.
// What a jump host has caused has its name in the detail.
Task<Result<Connected>> connect(const net::HostPort& server, const Options& options,
                                const net::Resolver& resolver, AcceptedHostKeys& accepted,
                                ConnectObserver& observer);

}  // namespace towline::ssh
