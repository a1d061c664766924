// What a user who has logged in may do. Pure values.
#pragma once

#include "text/pattern.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace towline::ssh {

// One of permitopen= and permitlisten=.
struct PermittedForward {
  std::string host;                   // "*": any
  std::optional<std::uint16_t> port;  // nothing: any

  bool operator==(const PermittedForward&) const = default;
};

struct Permissions {
  bool port_forwarding = true;
  bool agent_forwarding = true;
  bool x11_forwarding = true;
  bool pty = true;
  // Not empty: these and no others, and only with port_forwarding.
  std::vector<PermittedForward> open{};
  std::vector<PermittedForward> listen{};
  // In the place of what the client asks to run.
  std::optional<std::string> command{};

  bool operator==(const Permissions&) const = default;
};

// direct-tcpip to `host`, as the client wrote it: sshd compares no names and no addresses, only texts.
inline bool permits_open(const Permissions& permissions, std::string_view host, std::uint16_t port) {
  if (!permissions.port_forwarding) return false;
  return permissions.open.empty() || std::ranges::any_of(permissions.open, [&](const auto& rule) {
           return (rule.host == "*" || rule.host == host) && (!rule.port || *rule.port == port);
         });
}

// tcpip-forward for `host`, as the client wrote it; a rule's host is a pattern. Port 0 (any that is free) is
// permitted by rules for any port alone.
inline bool permits_listen(const Permissions& permissions, std::string_view host, std::uint16_t port) {
  if (!permissions.port_forwarding) return false;
  return permissions.listen.empty() || std::ranges::any_of(permissions.listen, [&](const auto& rule) {
           return text::matches_pattern(rule.host, host) && (!rule.port || *rule.port == port);
         });
}

}  // namespace towline::ssh
