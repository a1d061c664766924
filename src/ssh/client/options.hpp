// What an SSH session needs to know. Plain values with OpenSSH's names and defaults; config/ fills them.
#pragma once

#include "net/host_port.hpp"
#include "net/options.hpp"
#include "ssh/auth/options.hpp"
#include "ssh/connection/options.hpp"
#include "ssh/transport/options.hpp"
#include "ssh/trust/options.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace towline::ssh {

// A server on the way to the server; verified by the same host key rules.
struct JumpHost {
  net::HostPort server;
  std::string user = "root";
  Credentials credentials;
};

// For whichever server of the pool an attempt goes to.
struct Options {
  std::string user = "root";
  Credentials credentials;
  HostKeyOptions host_key;
  AlgorithmOptions algorithms;
  std::vector<JumpHost> jump_hosts;                   // in the order they are passed
  net::SocketOptions socket;                          // of the first TCP connection
  std::chrono::milliseconds connect_timeout{15'000};  // everything from DNS to the end of authentication
  KeepaliveOptions keepalive;
};

}  // namespace towline::ssh
