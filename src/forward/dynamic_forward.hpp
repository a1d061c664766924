// -D: we listen, a SOCKS client says where to, and the server connects there.
#pragma once

#include "async/task.hpp"
#include "forward/connection.hpp"
#include "forward/site.hpp"
#include "net/stream.hpp"

namespace towline::forward {

// One connection that was accepted here: reads the client's request, asks the server for its target, answers
// the client and carries it to its end.
Task<> serve_dynamic(Site site, net::Stream socket, Arrival arrival);

}  // namespace towline::forward
