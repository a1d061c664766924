// What we have asked the server to listen on, and which of those an incoming channel belongs to. Pure.
#pragma once

#include "net/host_port.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace towline::ssh {

// Our number of a tcpip-forward or streamlocal-forward request; never used again in a session.
using ListenId = std::uint32_t;

// An address and port (tcpip-forward), or a path (streamlocal-forward@openssh.com): then `path` is not empty.
struct ListenAddress {
  net::HostPort tcp;
  std::string path;

  bool is_unix() const { return !path.empty(); }
  bool operator==(const ListenAddress&) const = default;
};

// How a channel that the server opens fits what it was asked to listen on.
enum class ChannelFit {
  named,         // the server names one of our listeners
  only_one,      // it names none, and only one can be meant
  ambiguous,     // several can be
  unasked,       // none can be
  cancelled,     // a listener that we have given back
  unknown_type,  // no forwarded connection at all: an agent, X11 …
  limit          // there are too many channels
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
  // The server has been asked to stop; what it opens before it answers is for this listen still.
  void cancel(ListenId id);
  // What the server opens from here on is for nobody, and is known for what it is.
  void retire(ListenId id);
  // Refused: it never was.
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
  enum class Phase { requested, given_up, accepted, cancelled, retired };
  struct Entry {
    ListenId id;
    ListenAddress address;
    Phase phase = Phase::requested;

    bool takes() const { return phase == Phase::accepted || phase == Phase::cancelled; }
  };
  using Candidates = std::vector<const Entry*>;

  Entry* entry(ListenId id);
  Candidates candidates(bool is_unix) const;
  Match match_live(std::string_view address, std::uint32_t port) const;
  Match match_live_path(std::string_view path) const;
  bool any_retired(auto&& fits) const;
  static Match the_one_of(const Candidates& candidates, ChannelFit fit);

  std::vector<Entry> entries_;
  ListenId next_ = 0;
};

}  // namespace towline::ssh
