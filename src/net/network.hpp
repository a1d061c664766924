// Networks of addresses, as they are written in lists of who may come. Pure.
#pragma once

#include "net/host_port.hpp"

#include <boost/asio/ip/address.hpp>

#include <optional>
#include <span>
#include <string_view>

namespace towline::net {

// An IPv4 address that came as IPv6 (::ffff:10.0.0.1) is what it was.
boost::asio::ip::address unmapped(const boost::asio::ip::address& address);

// A peer's; nothing for a name, and for what has none.
std::optional<boost::asio::ip::address> address_of(const HostPort& peer);

// "10.0.0.0/8", "2001:db8::/32", an address by itself.
struct Network {
  boost::asio::ip::address address;
  unsigned bits = 0;

  bool contains(const boost::asio::ip::address& other) const;
  // 10.0.0.1/8: whoever writes that has made a mistake.
  bool has_bits_behind_mask() const;
  bool operator==(const Network&) const = default;
};

// Nothing for what is no network.
std::optional<Network> parse_network(std::string_view text);

// Whether one of them has the address, unmapped.
bool contains(std::span<const Network> networks, const boost::asio::ip::address& address);

}  // namespace towline::net
