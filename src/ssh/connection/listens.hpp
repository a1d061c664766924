// What we have asked the server to listen on, and which of those an incoming channel belongs to. Pure.
#pragma once

#include "net/host_port.hpp"
#include "ssh/connection/event.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace towline::ssh::connection {

// An address and port (tcpip-forward), or a path (streamlocal-forward@openssh.com): then `path` is not empty.
struct ListenAddress {
  net::HostPort tcp;
  std::string path;

  bool is_unix() const { return !path.empty(); }
  bool operator==(const ListenAddress&) const = default;
};

class Listens {
 public:
  // Begins a request; it matches incoming channels only once accepted().
  ListenId add(ListenAddress address);
  // `bound_port` replaces the port 0 of a request that left the choice to the server. False: given up
  // meanwhile.
  bool accepted(ListenId id, std::uint16_t bound_port);
  // True, and remembered, if the answer is still under way.
  bool give_up(ListenId id);
  void remove(ListenId id);
  const ListenAddress* find(ListenId id) const;

  // The server names the address it was asked for, in its own spelling: exact match first, then the port if
  // only one listen has it, then the first listen with that port (servers that rewrite addresses).
  std::optional<ListenId> match(std::string_view address, std::uint32_t port) const;
  std::optional<ListenId> match_path(std::string_view path) const;

 private:
  struct Entry {
    ListenId id;
    ListenAddress address;
    bool accepted = false;
    bool given_up = false;
  };
  Entry* entry(ListenId id);

  std::vector<Entry> entries_;
  ListenId next_ = 0;
};

}  // namespace towline::ssh::connection
