// -L: we listen, the server connects to the target.
#pragma once

#include "async/result.hpp"
#include "async/task.hpp"
#include "forward/site.hpp"

namespace towline::forward {

// Listens for as long as the session is up: an open port means a usable one. Serves until cancelled or the
// session is over; connections live on in site.connections. Errors: the listener cannot be bound (the
// system's code, the address in the detail), and this is the first time in the life of the process; later it
// is repeated.
Task<Result<>> run_local_forward(Site site);

}  // namespace towline::forward
