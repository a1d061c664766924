// Whether this is a container whose loopback addresses nobody else can reach.
#pragma once

#include "config/env.hpp"
#include "config/file_facts.hpp"

#include <sys/types.h>

namespace towline::app {

// Docker's and Podman's mark, or process 1. Not in Kubernetes, where the containers of a pod share loopback
// and sidecars are meant to listen there. Pure but for `inspect`.
bool has_loopback_of_its_own(const config::Env& env, const config::InspectFile& inspect, pid_t pid);

}  // namespace towline::app
