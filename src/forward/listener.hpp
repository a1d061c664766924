// The listener of -L and -D: bound here, and each connection that arrives handed on.
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

// Hands on what arrives until cancelled; beyond max_connections it is reset and counted.
Task<> accept_all(Site site, LocalListening& listening, Serve serve);

// Both, for as long as the session is up: an open port means a usable one. A listener that cannot be bound is
// tried again, and reported. Errors: the first try in the life of the process failed (the system's code, the
// address in the detail), and `give_up_at_first` was asked for.
Task<Result<>> run_listener(Site site, Serve serve, bool give_up_at_first);

}  // namespace towline::forward
