// How a TCP connection is made. Plain values with OpenSSH's names and defaults.
#pragma once

#include <string>

namespace towline::net {

enum class AddressFamily { any, inet, inet6 };

struct SocketOptions {
  AddressFamily family = AddressFamily::any;
  std::string bind_address = {};    // BindAddress; empty: the system's choice
  std::string bind_interface = {};  // BindInterface; empty: the system's choice
  bool tcp_keepalive = true;        // TCPKeepAlive
};

}  // namespace towline::net
