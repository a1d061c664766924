// What may be offered at the public entrance and by what name, and which visitors may come.
#pragma once

#include "net/network.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace towline::expose {

// Who says how a host is called.
enum class NamePolicy {
  requested,  // the client
  random,     // chance
  stable,     // the fingerprint of the client's key, or the user name of one without
  dns         // the client, and a TXT record that holds its key's fingerprint
};

// What becomes of one that is offered and is offered again.
enum class SameName { balance, replace, refuse };

enum class Balance { random, round_robin, ip_hash, least };

struct AllowedKinds {
  bool http = true;
  bool tcp = true;
  bool alias = true;
  bool sni = true;

  bool operator==(const AllowedKinds&) const = default;
};

struct PortRange {
  std::uint16_t first = 1024;
  std::uint16_t last = 65535;

  bool contains(std::uint16_t port) const { return port >= first && port <= last; }
  bool operator==(const PortRange&) const = default;
};

struct NameOptions {
  std::string domain{};  // in lower case; empty: there are no hosts
  NamePolicy policy = NamePolicy::requested;
  AllowedKinds allowed{};
  std::optional<PortRange> ports{PortRange{}};  // nothing: there are no TCP ports
};

struct DirectoryOptions {
  SameName same_name = SameName::balance;
  Balance balance = Balance::random;
  std::size_t quota = 0;        // offers of one account; 0: any number
  std::size_t pool_max = 1024;  // connections to one offer at a time
};

struct VisitorOptions {
  std::size_t per_address_max = 64;        // connections at a time
  std::uint64_t rate = 0;                  // bytes/s of one account, each way; 0: any
  std::vector<net::Network> allow_from{};  // none: all
  std::vector<net::Network> deny_from{};
};

}  // namespace towline::expose
