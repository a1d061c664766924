// The channel of a client that waits here, for as long as it does.
#pragma once

#include "async/result.hpp"
#include "async/task.hpp"
#include "forward/site.hpp"
#include "net/stream.hpp"

namespace towline::forward {

// Asks the server for a channel, which takes at most the forward's target_timeout. Errors: those of
// Session::open(), and connection_reset where the client has gone meanwhile: net::has_hung_up().
Task<Result<ssh::Channel>> open_channel(Site site, net::Stream& client, ssh::connection::OpenRequest request);

}  // namespace towline::forward
