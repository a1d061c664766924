// What an SSH session needs to know. Plain values with OpenSSH's names and defaults; config/ fills them.
#pragma once

#include "net/host_port.hpp"

#include <chrono>
#include <string>

namespace towline::ssh {

// OpenSSH's ServerAliveInterval and ServerAliveCountMax.
struct KeepaliveOptions {
  std::chrono::seconds interval{10};  // 0 = off
  int count_max = 3;                  // 0 = warn, never declare dead
};

enum class StrictHostKeyChecking { yes, accept_new, no };

struct HostKeyOptions {
  std::string known_hosts_file;  // empty: none
  StrictHostKeyChecking strict = StrictHostKeyChecking::accept_new;
};

struct Options {
  net::HostPort server{"localhost", 22};
  std::string user = "root";
  std::string key_file = "/id_rsa";
  HostKeyOptions host_key;
  std::chrono::milliseconds connect_timeout{15'000};  // DNS + TCP + banner + key exchange + authentication
  KeepaliveOptions keepalive;
};

}  // namespace towline::ssh
