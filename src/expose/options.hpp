// The public entrance, as the environment describes it.
#pragma once

#include "expose/names/options.hpp"
#include "net/host_port.hpp"

#include <chrono>
#include <optional>
#include <string>

namespace towline::expose {

struct Options {
  NameOptions names{};
  DirectoryOptions directory{};
  VisitorOptions visitors{};
  std::string bind = "0.0.0.0";                // of TCP ports; empty: every address
  std::optional<net::HostPort> http_listen{};  // only with a domain
  std::optional<net::HostPort> https_listen{};
  std::string tls_folder{};  // empty: there is no TLS
  bool force_https = false;
  std::chrono::seconds hsts{0};  // 0: no Strict-Transport-Security
  bool client_log = true;        // requests are shown to the client that has them
  std::chrono::seconds open_timeout{15};
};

}  // namespace towline::expose
