// What config::load() finds, in the format of the log, also where there is no log yet.
#pragma once

#include "config/problem.hpp"
#include "observe/log.hpp"

namespace towline::app {

// One line for each: config.warning and config.error, with the variable and, of an error, a hint.
void log_findings(const observe::Log& log, const config::Findings& findings);

// The same for commands that end with them: to the log that `options` describe, or as "towline: SSH_X …"
// where they say text. An empty sink is stderr.
void report_findings(const config::Findings& findings, observe::Options options,
                     observe::Log::Sink sink = {});

}  // namespace towline::app
