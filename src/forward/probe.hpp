// A forward tried from end to end, again and again: the tunnel may be fine and lead nowhere.
#pragma once

#include "async/task.hpp"
#include "forward/site.hpp"

namespace towline::forward {

// Probes a forward that is_probed(), from when it is up on this session until it is cancelled or the session
// is over. Each probe is counted; failures are logged, and several in a row make the forward degraded. A
// server that does not let us try is told once, and the probing ends. Never ends a session. For -R each probe
// is a connection of the forward like any other, and counted as such.
Task<> run_probe(Site site);

}  // namespace towline::forward
