// Host names to addresses by c-ares: on the caller's io_context, cancellable, without threads or NSS plugins.
#pragma once

#include "async/result.hpp"
#include "async/task.hpp"
#include "net/host_port.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <chrono>
#include <vector>

namespace towline::net {

using Deadline = std::chrono::steady_clock::time_point;
using Endpoints = std::vector<asio::ip::tcp::endpoint>;

struct ResolveOptions {
  std::vector<HostPort> servers;  // name servers by address; empty: those of /etc/resolv.conf
  // How long one silent name server is waited for, at first, before the next is asked. c-ares 1.18 takes 5 s,
  // a third of SSH_CONNECT_TIMEOUT.
  std::chrono::milliseconds server_timeout{2'000};
};

// Keeps nothing between two questions: /etc/hosts and /etc/resolv.conf are read anew for each. Usable from
// any thread; must outlive the coroutines it returned.
class Resolver {
 public:
  explicit Resolver(ResolveOptions options = {});

  // Every IPv4 and IPv6 address of `where.host` with `where.port`, best first (RFC 6724); never an empty
  // list. An address as host is returned as it is and nobody is asked. Errors: net::errc, or
  // operation_aborted when cancelled; the detail names the host. Needs a single-threaded executor or a
  // strand.
  Task<Result<Endpoints>> resolve(HostPort where, Deadline deadline) const;

 private:
  ResolveOptions options_;
};

}  // namespace towline::net
