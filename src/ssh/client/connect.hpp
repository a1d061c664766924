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
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace towline::ssh {

enum class ConnectStep { resolve, connect, key_exchange, host_key, authenticate };

// "name resolution", "TCP connection", …
const char* to_string(ConnectStep step);

// What one server on the way has shown, as far as we came with it.
struct Visit {
  using Clock = std::chrono::steady_clock;
  struct Step {
    ConnectStep step;
    Clock::time_point began;
    Clock::duration took{};  // of all but the one under way
  };

  std::vector<Step> steps;  // in their order; a jump host before this server resolves its name
  std::vector<KnownHosts::BadLine> bad_lines;  // that cannot be read, of known_hosts
  // Why keys accepted on first use are not kept: they hold for this process.
  std::string accepted_file_problem;
  net::Endpoints endpoints;
  std::string address;          // as it was reached; behind jump hosts its name
  std::string server_software;  // where it began to exchange keys
  Negotiated algorithms;
  ShownHostKey host_key;  // its type is empty before
  HostKeyDecision host_key_decision;
  AuthenticationReport authentication;
  std::string said;  // until it let us in (PeerWords::quoted())
};

// The whole way: the jump hosts in their order, then the server. Only the last visit can have failed; there
// is none where connect() was cancelled before it began.
struct Trace {
  std::vector<Visit> visits;
  // Whom the last step, or a failure, is about: a jump host, from 0; nothing: the server itself.
  std::optional<std::size_t> jump_host;

  // Of all visits.
  Visit::Clock::duration took(ConnectStep step) const;
};

// What has come to a trace's last visit while connect() runs.
enum class News {
  step,  // it begins
  known_hosts,
  accepted_file,
  logged_in,
};
using OnNews = std::function<void(const Trace& trace, News news)>;

// Give the transport (or the session made of it) up first; then close the jump hosts.
struct Connected {
  std::unique_ptr<Hops> hops;  // never null; empty without jump hosts
  std::unique_ptr<ClientTransport> transport;
};

struct Attempt {
  Trace trace;
  Result<Connected> outcome;
};

// Files are read anew each time. Errors: net::errc, the system's, ssh::errc; operation_aborted when
// cancelled. After options.connect_timeout: connect_timeout, and the detail names the step that did not end.
// Each has what the server has said so far. What a jump host has caused has its name in the detail. `on_news`
// is called on the io_context; empty: nobody listens.
Task<Attempt> connect(const net::HostPort& server, const Options& options, const net::Resolver& resolver,
                      AcceptedHostKeys& accepted, OnNews on_news = {});

}  // namespace towline::ssh
