// TCP connections to the first address that answers.
#pragma once

#include "async/result.hpp"
#include "async/task.hpp"
#include "net/options.hpp"
#include "net/resolve.hpp"

#include <boost/asio/ip/tcp.hpp>

namespace towline::net {

// Tries the addresses in order; the next one also starts when the one before has not answered for 250 ms (RFC
// 8305), so that a dead address does not eat the deadline. The socket is non-blocking, with TCP_NODELAY and,
// unless `options` say otherwise, SO_KEEPALIVE. Errors: the system's code for the first address, no_address
// where `options` leave none, connect_timed_out, operation_aborted when cancelled; the detail names each
// address that was tried and what became of it. Needs a single-threaded executor or a strand. What `lookup`,
// where there is one, still finds is tried as well; it outlives this. An attempt beside another takes one of
// its descriptors(). Where a resource ran out here, that is the error, whatever became of other addresses.
Task<Result<asio::ip::tcp::socket>> connect(Endpoints endpoints, Deadline deadline,
                                            SocketOptions options = {}, Lookup* lookup = nullptr);

// The one family that `options` leave, by AddressFamily or BindAddress; any: both.
AddressFamily family_of(const SocketOptions& options);

// Resolves first; the errors of Resolver::resolve are added. The deadline covers both.
Task<Result<asio::ip::tcp::socket>> connect(HostPort where, const Resolver& resolver, Deadline deadline);

}  // namespace towline::net
