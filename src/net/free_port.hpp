// Which ports a listener tries where any will do: none that the kernel could give to an outgoing connection.
// Pure, but for port_rules().
#pragma once

#include <cstdint>
#include <random>
#include <string_view>
#include <vector>

namespace towline::net {

struct PortRange {
  std::uint16_t first = 0;
  std::uint16_t last = 0;

  bool contains(std::uint16_t port) const { return first <= port && port <= last; }
  bool operator==(const PortRange&) const = default;
};

// Linux's ip-sysctl: net.ipv4.ip_local_port_range and ip_local_reserved_ports, which hold for IPv6 too.
struct PortRules {
  PortRange outgoing{32'768, 60'999};  // the kernel's default
  std::vector<PortRange> reserved{};   // for programs that will ask for them by number

  // An outgoing connection may have this port before we do.
  bool may_be_outgoing(std::uint16_t port) const;
};

// As /proc shows them: "32768\t60999\n" and "8080,9148-9150\n". What cannot be read is left at its default.
PortRules parse_port_rules(std::string_view outgoing, std::string_view reserved);
PortRules port_rules();

// At random, from 32768 up: first such as no outgoing connection is given, then any that are not reserved.
std::vector<std::uint16_t> ports_to_try(const PortRules& rules, std::mt19937& random);

}  // namespace towline::net
