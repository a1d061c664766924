// The second half of loading: what one row cannot know, because it depends on other rows or on files.
#pragma once

#include "config/file_facts.hpp"
#include "config/problem.hpp"
#include "config/read.hpp"

#include <span>

namespace towline::config {

// Completes reading.draft.config from the rest of the draft, and what is shown for it. Rows that already have
// a problem are left alone. What SSH_OPTIONS adds must be in the draft before: further keys in
// config.ssh.credentials.keys, files in config.ssh.host_key.known_hosts_files, hosts in jump_hosts, forwards
// in forwards.
void settle(Reading& reading, std::span<const Field> table, const InspectFile& inspect, Findings& findings);

}  // namespace towline::config
