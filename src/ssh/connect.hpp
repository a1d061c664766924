// From a host name to an authenticated transport: DNS, TCP, key exchange, host key, authentication, under one
// deadline.
#pragma once

#include "async/result.hpp"
#include "async/task.hpp"
#include "net/resolve.hpp"
#include "ssh/accepted_host_keys.hpp"
#include "ssh/host_key_policy.hpp"
#include "ssh/known_hosts.hpp"
#include "ssh/options.hpp"
#include "ssh/transport/transport.hpp"

#include <chrono>
#include <memory>
#include <string>

namespace towline::ssh {

enum class ConnectStep { resolve, connect, key_exchange, host_key, authenticate };

// "name resolution", "TCP connection", …
const char* to_string(ConnectStep step);

struct ConnectReport {
  using Duration = std::chrono::steady_clock::duration;

  Duration resolve{}, connect{}, key_exchange{}, authenticate{};
  std::string server_software;
  Negotiated algorithms;
  ShownHostKey host_key;
  HostKeyDecision host_key_decision;
};

struct Connected {
  std::unique_ptr<Transport> transport;
  ConnectReport report;
};

// Called on the io_context.
class ConnectObserver {
 public:
  virtual ~ConnectObserver() = default;
  virtual void on_step(ConnectStep step) = 0;                                // it begins
  virtual void on_known_hosts_skipped(const KnownHosts::BadLine& line) = 0;  // a line that cannot be read
  // The file for keys accepted on first sight cannot be read or written; they hold for this process.
  virtual void on_accepted_file_failed(const std::string& problem) = 0;
};

// Files are read anew each time. Errors: net::errc, the system's, ssh::errc; operation_aborted when
// cancelled. After options.connect_timeout: connect_timeout, and the detail names the step that did not end.
Task<Result<Connected>> connect(const Options& options, const net::Resolver& resolver,
                                AcceptedHostKeys& accepted, ConnectObserver& observer);

}  // namespace towline::ssh
