// What SSH_OPTIONS changes, and what is said about the rest of it.
#pragma once

#include "config/file_facts.hpp"
#include "config/problem.hpp"
#include "config/read.hpp"
#include "config/ssh_options.hpp"

namespace towline::config {

// Puts the settings into the draft, before settle() completes it. A variable that is set wins over an option
// that says the same; what loses is named in one warning, what means nothing in another.
void apply_ssh_options(const SshOptions& options, Reading& reading, const InspectFile& inspect,
                       Findings& findings);

}  // namespace towline::config
