// What the kernel says about addresses and routes, read out of its netlink messages. Pure.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <vector>

namespace towline::supervisor {

// An address of this machine, or a way out of it: what a server may be reached by from now on, or no more.
struct NetworkPiece {
  enum class Kind : std::uint8_t { address, default_route };

  Kind kind = Kind::address;
  int family = 0;          // AF_INET, AF_INET6
  std::uint32_t link = 0;  // the interface's index
  std::string bytes;       // of the address, or of the gateway; empty for a route without one

  auto operator<=>(const NetworkPiece&) const = default;
};

struct NetworkChange {
  bool added = false;  // or gone
  NetworkPiece piece;

  bool operator==(const NetworkChange&) const = default;
};

// The changes in one datagram of NETLINK_ROUTE (netlink(7), rtnetlink(7)). Left out: addresses of the machine
// itself and of the link only, addresses that are still being checked for duplicates, routes to somewhere
// particular or in other tables than the main one, and what cannot be read.
std::vector<NetworkChange> network_changes(std::span<const std::byte> datagram);

// What is there. Routers repeat themselves, and the kernel with them: only what was not there before is new.
class KnownNetwork {
 public:
  // True when it is new.
  bool apply(const NetworkChange& change);

 private:
  std::set<NetworkPiece> pieces_;
};

}  // namespace towline::supervisor
