// Where to connect or listen: a host as written (name, IPv4, IPv6 without brackets, or empty) and a port.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace towline::net {

struct HostPort {
  std::string host;
  std::uint16_t port = 0;

  auto operator<=>(const HostPort&) const = default;
};

// "db:5432", "[::1]:22"; an IPv6 address gets its brackets. A login, as a service that publishes takes it in
// a name, is not shown: "***@name:80".
std::string to_string(const HostPort& where);

// A decimal port 0..65535 and nothing else.
std::optional<std::uint16_t> parse_port(std::string_view text);

// A name, an IPv4 address, "[v6]" or bare v6; brackets are taken off. Nothing for what cannot be a host.
std::optional<std::string> parse_host(std::string_view text);

// "host", "host:port", "[v6]:port", bare v6; the port is `default_port` where none is written.
std::optional<HostPort> parse_host_port(std::string_view text, std::uint16_t default_port);

}  // namespace towline::net
