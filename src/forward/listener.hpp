// The listener of -L and -D: bound here; local_entry.hpp hands on what arrives.
#pragma once

#include "async/result.hpp"
#include "async/task.hpp"
#include "forward/connection.hpp"
#include "forward/site.hpp"
#include "net/stream.hpp"
#include "net/unix_socket.hpp"

#include <cstdint>
#include <vector>

namespace towline::forward {

// What becomes of a connection that was accepted: a task of its own.
using Serve = Task<> (*)(Site site, net::Stream socket, Arrival arrival);

// A listener of either kind.
struct LocalListening {
  std::vector<net::Acceptor> acceptors;  // at least one, all at the same port
  std::uint16_t port = 0;                // 0 for a unix socket
  net::SocketFile file{};                // of a unix socket; goes before the acceptor does
};

// Binds where `spec` says, at `port` if that is TCP. Errors: those of net::listen and net::listen_unix.
Task<Result<LocalListening>> bind_local(const ForwardSpec& spec, std::uint16_t port,
                                        const net::Resolver& resolver, Deadline deadline);

}  // namespace towline::forward
