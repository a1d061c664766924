#include "ssh/auth/server/source_penalties.hpp"

#include "ssh/auth/server/address_patterns.hpp"

#include <algorithm>

namespace towline::ssh {

std::string_view label_of(Misdeed misdeed) {
  switch (misdeed) {
    case Misdeed::authentication_failed: return "authentication_failed";
    case Misdeed::no_authentication: return "no_authentication";
    case Misdeed::grace_exceeded: break;
  }
  return "grace_exceeded";
}

SourcePenalties::Source SourcePenalties::source_of(const boost::asio::ip::address& address) {
  const auto plain = net::unmapped(address);
  if (plain.is_v4()) return {false, plain.to_v4().to_uint()};
  constexpr std::size_t network_octets = 8;
  std::uint64_t network = 0;
  const auto octets = plain.to_v6().to_bytes();
  for (std::size_t i = 0; i < network_octets; ++i) network = network << 8U | octets[i];
  return {true, network};
}

std::chrono::milliseconds SourcePenalties::length_of(Misdeed misdeed) const {
  switch (misdeed) {
    case Misdeed::authentication_failed: return options_.authentication_failed;
    case Misdeed::no_authentication: return options_.no_authentication;
    case Misdeed::grace_exceeded: break;
  }
  return options_.grace_exceeded;
}

std::optional<SourcePenalties::Kept> SourcePenalties::find(const boost::asio::ip::address& address,
                                                           Time now) const {
  const auto found = sources_.find(source_of(address));
  if (found == sources_.end() || !found->second.kept || found->second.until <= now) return std::nullopt;
  return Kept{found->second.reason, found->second.until};
}

void SourcePenalties::forget(Source source, Time until) {
  by_end_[source.v6 ? 1 : 0].erase({until, source});
  sources_.erase(source);
}

// Of what is over, and of what is over first where the table is full.
void SourcePenalties::make_room(Time now, bool v6) {
  for (const auto& ends : by_end_) {
    while (!ends.empty() && ends.begin()->first <= now) forget(ends.begin()->second, ends.begin()->first);
  }
  const auto& ends = by_end_[v6 ? 1 : 0];
  while (!ends.empty() && ends.size() >= options_.sources_max)
    forget(ends.begin()->second, ends.begin()->first);
}

bool SourcePenalties::add(const boost::asio::ip::address& address, Misdeed misdeed, Time now) {
  const auto source = source_of(address);
  const auto found = sources_.find(source);
  Penalty penalty{misdeed, now, false};
  if (found != sources_.end()) {
    if (found->second.until > now) penalty = found->second;
    forget(source, found->second.until);
  }
  make_room(now, source.v6);
  const bool was_kept = penalty.kept;
  penalty.reason = misdeed;
  penalty.until = std::min(penalty.until + length_of(misdeed), now + options_.max);
  penalty.kept = was_kept || penalty.until - now > options_.min;
  sources_[source] = penalty;
  by_end_[source.v6 ? 1 : 0].insert({penalty.until, source});
  return penalty.kept && !was_kept;
}

}  // namespace towline::ssh
