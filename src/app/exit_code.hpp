// The exit statuses that scripts, container engines and people see; sysexits(3) where it has a word for it.
#pragma once

namespace towline::app {

enum class ExitCode {
  ok = 0,
  not_ready = 1,  // healthcheck only
  usage = 64,
  no_input = 66,     // a named file is missing or unreadable
  unavailable = 69,  // gave up: AUTOSSH_GATETIME, AUTOSSH_MAXSTART
  internal = 70,
  cannot_create = 73,  // the admin port or a local port cannot be bound
  host_key = 76,       // refused, and TOWLINE_EXIT_ON has it
  no_permission = 77,  // authentication refused, and TOWLINE_EXIT_ON has it
  config = 78,
  signalled = 128,  // plus the number of the second signal
};

}  // namespace towline::app
