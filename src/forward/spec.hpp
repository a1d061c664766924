// One configured rule: where connections come from and where they go, in the words of OpenSSH's struct
// Forward.
#pragma once

#include "net/host_port.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <sys/types.h>

namespace towline::forward {

enum class Mode { local, remote, dynamic, share, expose };

constexpr const char* to_string(Mode mode) {
  switch (mode) {
    case Mode::local: return "local";
    case Mode::remote: return "remote";
    case Mode::dynamic: return "dynamic";
    case Mode::share: return "share";
    case Mode::expose: return "expose";
  }
  return "unknown";
}

// The header that tells the target of -R who connected to the server (haproxy.org, proxy-protocol.txt).
enum class ProxyProtocol { none, v1, v2 };

// How a forward is tried from end to end.
struct ProbeSpec {
  enum class Kind { tcp, banner, http };

  Kind kind = Kind::tcp;
  std::string path;                   // of http
  std::chrono::seconds interval{10};  // the kubelet's default
};

// StreamLocalBindUnlink and StreamLocalBindMask, for sockets that we bind.
struct StreamLocalOptions {
  bool bind_unlink = false;
  mode_t bind_mask = 0177;
};

struct ForwardSpec {
  std::string name = "main";
  Mode mode = Mode::remote;
  // -R: sent to the server verbatim ("" = every address it has; port 0 = server's choice).
  // -L, -D, -S, expose: bound here ("" = every family; port 0 = any free one).
  net::HostPort listen{"127.0.0.1", 0};
  std::string listen_path{};  // a unix socket instead of `listen`
  net::HostPort connect{"localhost", 22};
  std::string connect_path{};  // a unix socket instead of `connect`; -L and -R alone have one
  StreamLocalOptions stream_local{};
  bool required = true;                // counts for readiness
  std::size_t max_connections = 4096;  // at a time; further ones are refused
  // For a connection's target: the server's answer for -L and -D, our own attempt for -R. The client waits as
  // long as for a connection of its own; half of what Linux needs to give up on SYNs in vain, which the
  // server's own attempt must have time for.
  std::chrono::seconds target_timeout{60};
  std::chrono::seconds idle_timeout{0};  // a connection without a byte for this long is ended; 0 = never
  bool access_log = false;  // each connection is logged at info instead of debug, and each failure
  ProxyProtocol proxy_protocol = ProxyProtocol::none;
  std::optional<ProbeSpec> probe{};
  // -R for which no address is written: `listen.host` is "localhost", and each loopback address is meant.
  bool both_loopbacks = false;
};

inline bool is_share(const ForwardSpec& spec) { return spec.mode == Mode::share; }
inline bool is_expose(const ForwardSpec& spec) { return spec.mode == Mode::expose; }
// Where towline is the SSH server.
inline bool is_endpoint(const ForwardSpec& spec) { return is_share(spec) || is_expose(spec); }

// "127.0.0.1:8080", "/run/db.sock", "socks" as the target of -D, "ssh" of -S, "clients" of the public
// entrance: for logs, labels and pages.
std::string listen_text(const ForwardSpec& spec);
std::string connect_text(const ForwardSpec& spec);

}  // namespace towline::forward
