// -L: we listen, the server connects to the target.
#pragma once

#include "async/task.hpp"
#include "forward/connection.hpp"
#include "forward/site.hpp"
#include "net/stream.hpp"

namespace towline::forward {

// One connection that was accepted here: asks the server for its target, and carries it to its end.
Task<> serve_local(Site site, net::Stream socket, Arrival arrival);

// The request for a channel to `spec`'s target. Pure.
ssh::connection::OpenRequest open_request(const ForwardSpec& spec, const Arrival& arrival);

// Who the server is told has connected: it wants an address. Pure.
net::HostPort originator_to_tell(const Arrival& arrival);

}  // namespace towline::forward
