#include "expose/names/visitors.hpp"

#include <boost/asio/ip/address_v6.hpp>

#include <algorithm>

namespace towline::expose {

namespace {

// Whoever has one IPv6 address has a network of them.
boost::asio::ip::address source_of(const boost::asio::ip::address& address) {
  auto plain = net::unmapped(address);
  if (plain.is_v4()) return plain;
  auto octets = plain.to_v6().to_bytes();
  std::fill(octets.begin() + 8, octets.end(), std::uint8_t{0});
  return boost::asio::ip::address_v6(octets);
}

}  // namespace

std::string_view label_of(Barred why) { return why == Barred::network ? "network" : "too_many"; }

std::optional<Barred> Visitors::judge(const Address& address) const {
  if (net::contains(options_.deny_from, address)) return Barred::network;
  if (!options_.allow_from.empty() && !net::contains(options_.allow_from, address)) return Barred::network;
  const auto found = of_address_.find(source_of(address));
  if (found != of_address_.end() && found->second >= options_.per_address_max) return Barred::too_many;
  return std::nullopt;
}

Visitors::Visit Visitors::enter(const Address& address) {
  ++of_address_[source_of(address)];
  ++size_;
  return {*this, source_of(address)};
}

void Visitors::leave(const Address& address) {
  --size_;
  const auto found = of_address_.find(address);
  if (--found->second == 0) of_address_.erase(found);
}

}  // namespace towline::expose
