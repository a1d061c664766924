// What we have asked the server to listen on, and which of those an incoming channel belongs to. Pure.
#pragma once

#include "net/host_port.hpp"
#include "ssh/connection/event.hpp"

#include <cstdint>
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

struct Match {
  ChannelFit fit = ChannelFit::unasked;
  ListenId listen = 0;  // of named and only_one
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
  // The server has been asked to stop: what it opens from here on is not taken, and known until remove().
  void cancel(ListenId id);
  void remove(ListenId id);
  // Nothing for one that is cancelled.
  const ListenAddress* find(ListenId id) const;

  // The server names the port that it granted and the address that it was asked for, or should: some name
  // port 0, and many spell the address in their own way. The listens at that port are looked at, or all
  // where no port is named or there is only one; of these the one whose address fits best.
  Match match(std::string_view address, std::uint32_t port) const;
  Match match_path(std::string_view path) const;

  // What the server was asked for and has accepted: "127.0.0.1:80, /run/x.sock".
  std::string described() const;

 private:
  struct Entry {
    ListenId id;
    ListenAddress address;
    bool accepted = false;
    bool given_up = false;
    bool cancelled = false;
  };
  using Candidates = std::vector<const Entry*>;

  Entry* entry(ListenId id);
  Candidates candidates(bool is_unix) const;
  static Match the_one_of(const Candidates& candidates, ChannelFit fit);

  std::vector<Entry> entries_;
  ListenId next_ = 0;
};

}  // namespace towline::ssh::connection
