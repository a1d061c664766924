// What we listen on ourselves: TCP, or a unix socket.
#pragma once

#include "async/deadline.hpp"
#include "async/result.hpp"
#include "async/task.hpp"
#include "forward/spec.hpp"
#include "net/resolve.hpp"
#include "net/stream.hpp"
#include "net/unix_socket.hpp"

#include <cstdint>
#include <vector>

namespace towline::forward {

// Of either kind. Its address is ours for as long as it lives; who connects is refused but between open() and
// close().
struct LocalListener {
  std::vector<net::Acceptor> acceptors{};  // at least one, all at the same port
  std::uint16_t port = 0;                  // 0 for a unix socket
  net::SocketFile file{};                  // of a unix socket; goes before the acceptor does

  // Where `spec` says, at `port` if that is TCP, and not open yet. Errors: those of net::listen and
  // net::bind_unix.
  static Task<Result<LocalListener>> bind(const ForwardSpec& spec, std::uint16_t port,
                                          const net::Resolver& resolver, Deadline deadline);

  // A failure means that the address is no longer ours.
  error_code open();

  // No accept may be pending. A unix socket cannot be opened again, and that is a failure: bind it anew.
  error_code close();
};

}  // namespace towline::forward
