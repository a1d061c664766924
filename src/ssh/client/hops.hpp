// The SSH sessions with the jump hosts on the way to a server, each in a channel of the one before.
#pragma once

#include "async/deadline.hpp"
#include "async/result.hpp"
#include "async/task.hpp"
#include "net/host_port.hpp"
#include "net/wire.hpp"
#include "ssh/client/options.hpp"
#include "ssh/transport/client/client_transport.hpp"

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace towline::ssh {

// "jump host bastion:22"
std::string jump_host_name(const net::HostPort& where);

// Each server that is logged in to, in order: the jump hosts, and at last the server itself as if it were
// one.
std::vector<JumpHost> servers_on_the_way(const net::HostPort& server, const Options& options);

// By which a jump host is verified where these are the server's.
HostKeyOptions host_key_options_on_the_way(HostKeyOptions options);

// Whether a jump host that is silent for `silence` is what made the session beyond it fall silent. It is
// asked by keepalives of its own, so one that is well is heard every interval. Pure.
bool is_silent_too(const KeepaliveOptions& keepalive, std::chrono::steady_clock::duration silence);

// A failure and the jump host, counted from 0, that caused it; the detail names it.
struct HopFailure {
  std::size_t index = 0;
  Failure failure;
};

// Not thread-safe; use on one io_context. close() before it is destroyed, and destroy what travels over it
// before that.
class Hops {
 public:
  explicit Hops(asio::any_io_executor executor);
  ~Hops();
  Hops(const Hops&) = delete;
  Hops& operator=(const Hops&) = delete;

  bool empty() const { return hops_.empty(); }

  // The next jump host, reached over those before it: from here on its session runs until close() or its end.
  void add(const net::HostPort& where, const Options& options, std::unique_ptr<ClientTransport> transport);

  // A wire to `server` through the last of them; not empty(). Errors: as Session::open; the detail names the
  // jump host.
  Task<Result<std::unique_ptr<net::Wire>>> open(net::HostPort server, Deadline deadline);

  // The jump host to blame when what travels over them has failed with `failure`: the first whose session is
  // over, or that has been as silent as everything behind it. Nothing: they are all well.
  std::optional<HopFailure> cause_of(const Failure& failure) const;

  // Says goodbye to each, the last first, and returns when nothing runs any more; at `deadline` without
  // goodbye. Must not be cancelled.
  Task<> close(Deadline deadline);

 private:
  struct Hop;

  asio::any_io_executor executor_;
  std::vector<std::unique_ptr<Hop>> hops_;
};

}  // namespace towline::ssh
