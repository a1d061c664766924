// -R: the server listens, we connect to the target.
#pragma once

#include "async/task.hpp"
#include "forward/site.hpp"

namespace towline::forward {

// Asks the server to listen and serves what arrives, until cancelled or the session is over. A refusal does
// not end the session: the request is repeated. When cancelled, the server is asked to stop listening before
// this returns, and what it accepts until then is served; connections live on in site.connections.
Task<> run_remote_forward(Site site);

}  // namespace towline::forward
