// All that clients offer, and which of them a visitor is sent to. No I/O, no clock: the time is an argument.
#pragma once

#include "expose/names/options.hpp"
#include "expose/names/place.hpp"
#include "expose/names/words.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string_view>
#include <variant>
#include <vector>

namespace towline::expose {

using ClientNumber = std::uint64_t;  // ssh::Newcomer's
using OfferId = std::uint64_t;       // never used again

// What one client offers at one place.
struct Offer {
  using Time = std::chrono::steady_clock::time_point;

  OfferId id = 0;
  ClientNumber client = 0;
  Account account{};
  Place place{};
  net::HostPort asked{};  // as the client has sent it; for port 0 with the port that it got
  Words words{};
  std::size_t visitors = 0;  // connections to it now
  Time rests_until{};        // others are asked first
};

// Who wants to be carried to a client.
struct Caller {
  ssh::ClientAddress address{};
  std::string fingerprint{};  // of a client of ours that asks with -L or -J
};

enum class NotFound {
  unknown,       // nobody offers that
  not_admitted,  // not to this caller
  full           // there are as many connections as it may have
};

// "not_admitted": one of a closed set.
std::string_view label_of(NotFound why);

// Of one owner; not thread-safe.
class Directory {
 public:
  using Time = Offer::Time;

  explicit Directory(const DirectoryOptions& options) : options_(options) {}

  struct Added {
    OfferId id = 0;
    std::vector<OfferId> replaced{};  // in its favour; they are gone
  };
  // `offer` but for its id. Port 0 is to be filled in before.
  std::variant<Added, NotHad> add(Offer offer);
  // What add() would say now: for what has to be done before. A place of port 0 has no rivals.
  std::variant<Added, NotHad> would_add(const Offer& offer) const;
  void remove(OfferId id);
  // From now on it is served so.
  void reword(OfferId id, Words words);

  // As client `client` has asked for it (tcpip-forward and its cancel); null: it does not offer that.
  const Offer* find(ClientNumber client, const net::HostPort& asked) const;
  const Offer* find(OfferId id) const;
  std::vector<OfferId> of_client(ClientNumber client) const;
  // Clients of the same account that offer at this place: whether they are still there should be asked before
  // one more is added.
  std::vector<ClientNumber> possible_ghosts(const Place& place, const Account& account,
                                            ClientNumber but_for) const;

  // Whom the caller is sent to, by the balance. `chance` decides where that is by chance.
  std::variant<const Offer*, NotFound> choose(const Place& place, const Caller& caller, std::uint64_t chance,
                                              Time now);
  // The same for a -L or -J to this name and port, whatever it is that is offered there.
  std::variant<const Offer*, NotFound> choose_any(const net::HostPort& target, const Caller& caller,
                                                  std::uint64_t chance, Time now, const NameOptions& options);

  // A connection to it has begun, or is over. Nothing for one that is gone.
  void entered(OfferId id);
  void left(OfferId id);
  // It would not or could not take a visitor: others at its place are asked first for a while.
  void failed(OfferId id, Time now);

  const std::map<OfferId, Offer>& all() const { return offers_; }

 private:
  std::vector<OfferId> at(const Place& place) const;
  std::size_t pool_of(const Offer& offer) const {
    return std::min(offer.words.pool.value_or(options_.pool_max), options_.pool_max);
  }
  std::vector<const Offer*> candidates(const Place& place, const Caller& caller, Time now,
                                       NotFound& why) const;
  const Offer* pick(const std::vector<const Offer*>& from, const Place& place, const Caller& caller,
                    std::uint64_t chance);

  DirectoryOptions options_;
  std::map<OfferId, Offer> offers_;
  std::multimap<Place, OfferId> places_;
  std::map<Place, std::uint64_t> turns_;  // of round_robin, while something is offered there
  OfferId last_id_ = 0;
};

}  // namespace towline::expose
