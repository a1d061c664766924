// Sources that keep failing are left out for a growing time (sshd's PerSourcePenalties). No clock: the time
// is an argument.
#pragma once

#include "ssh/auth/server/options.hpp"

#include <boost/asio/ip/address.hpp>

#include <chrono>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

namespace towline::ssh {

enum class Misdeed {
  authentication_failed,  // left, or was sent away, with nothing but failed attempts
  no_authentication,      // left without one
  grace_exceeded,         // did not end the login in time
};

// "authentication_failed": one of a closed set.
std::string_view label_of(Misdeed misdeed);

// An IPv4 address, or the 64 bits of an IPv6 one that its network is given by. Of one owner; not thread-safe.
class SourcePenalties {
 public:
  using Time = std::chrono::steady_clock::time_point;

  explicit SourcePenalties(const PenaltyOptions& options) : options_(options) {}

  struct Kept {
    Misdeed reason{};  // the last
    Time until{};
  };
  // Nothing: it may come. A penalty of `min` or less is not kept until others come on top of it.
  std::optional<Kept> find(const boost::asio::ip::address& address, Time now) const;

  // True where from now on the source is left out, and was not before.
  bool add(const boost::asio::ip::address& address, Misdeed misdeed, Time now);

  std::size_t size() const { return sources_.size(); }

 private:
  struct Source {
    bool v6 = false;
    std::uint64_t network = 0;

    auto operator<=>(const Source&) const = default;
  };
  struct Penalty {
    Misdeed reason{};
    Time until{};
    bool kept = false;
  };

  static Source source_of(const boost::asio::ip::address& address);
  std::chrono::milliseconds length_of(Misdeed misdeed) const;
  void forget(Source source, Time until);
  void make_room(Time now, bool v6);

  PenaltyOptions options_;
  std::map<Source, Penalty> sources_;
  std::set<std::pair<Time, Source>> by_end_[2];  // of IPv4, of IPv6
};

}  // namespace towline::ssh
