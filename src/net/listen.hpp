// Listening TCP sockets, one for each address that a host stands for.
#pragma once

#include "async/result.hpp"
#include "async/task.hpp"
#include "net/resolve.hpp"
#include "net/stream.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <cstdint>
#include <vector>

namespace towline::net {

struct Listening {
  std::vector<asio::ip::tcp::acceptor> acceptors;  // at least one, all at the same port
  std::uint16_t port = 0;
};

// Binds and listens on `where`: "" is every address of both families (two sockets, so that a peer's IPv4
// address is never seen as an IPv6 one), 0.0.0.0 is IPv4 only, a name is resolved by `deadline`. Port 0 takes
// a free one, 32768 or above, outside of what outgoing connections are given if there is any. A family that
// the machine has not got is left out while another one remains; any other refusal is an error, the system's
// (address_in_use, access_denied, address not available …), with the address in the detail.
Task<Result<Listening>> listen(HostPort where, const Resolver& resolver, Deadline deadline);

// The same for addresses that are known; the port of each is replaced by `port`.
Result<Listening> listen(const asio::any_io_executor& executor, const Endpoints& addresses,
                         std::uint16_t port);

// Who connects to a TCP acceptor of ours is refused from here on, and the port stays ours: nobody else can
// bind it, and the kernel gives it to no outgoing connection. Who was not accepted yet is reset. Linux keeps
// the port of a listener that is shut down, if it was bound by its number; with SO_REUSEADDR it would share
// it.
error_code stop_listening(Acceptor& acceptor);

// And back. Connections accepted before may live on meanwhile, for what a listener accepts inherits its
// SO_REUSEADDR. Fails with address_in_use if another program came between two system calls of this.
error_code listen_again(Acceptor& acceptor);

}  // namespace towline::net
