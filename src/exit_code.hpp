// The exit statuses that scripts, container engines and people see; sysexits(3) where it has a word for it,
// env(1) and timeout(1) for what starts a program.
#pragma once

namespace towline {

enum class ExitCode {
  ok = 0,
  not_ready = 1,  // healthcheck only
  usage = 64,
  no_input = 66,     // a named file is missing or unreadable
  unavailable = 69,  // gave up: AUTOSSH_GATETIME, AUTOSSH_MAXSTART; check: server or target cannot be had
  internal = 70,
  os_error = 71,       // the limit of open files, or of threads, is too low
  cannot_create = 73,  // the admin port or a local port cannot be bound; check: nor the server's
  overdue = 75,        // did not end in its time, and was ended (EndDeadline)
  host_key = 76,       // refused, with TOWLINE_EXIT_ON=host_key; check: always
  no_permission = 77,  // authentication refused, with TOWLINE_EXIT_ON=auth; check: always
  config = 78,
  timed_out = 124,       // run, wait: not ready in time
  run_failed = 125,      // run: towline failed before the program was started
  not_executable = 126,  // run: the program cannot be executed
  not_found = 127,       // run: there is no such program
  signalled = 128,       // plus the number: of the second signal; run: of the one that ended the program
};

}  // namespace towline
