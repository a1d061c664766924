#pragma once

#include <chrono>
#include <string>

namespace towline::app {

struct Options {
  std::chrono::milliseconds drain_timeout{8'000};  // SIGTERM: how long open connections may finish
  std::chrono::milliseconds shutdown_delay{0};     // and how long new ones are still taken before that
  std::string port_file;           // "name=port" lines; "github": $GITHUB_OUTPUT and $GITHUB_ENV; empty: none
  std::string url_file;            // "name=url" lines of what is public; likewise
  std::string pid_file;            // AUTOSSH_PIDFILE; empty: none
  bool run_keeps_secrets = false;  // `run`: the program is given those of the environment too
};

}  // namespace towline::app
