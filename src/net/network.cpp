#include "net/network.hpp"

#include <boost/asio/ip/address_v4.hpp>
#include <boost/asio/ip/address_v6.hpp>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <vector>

namespace towline::net {

namespace {

namespace ip = boost::asio::ip;

std::vector<std::uint8_t> octets_of(const ip::address& address) {
  if (address.is_v4()) {
    const auto octets = address.to_v4().to_bytes();
    return {octets.begin(), octets.end()};
  }
  const auto octets = address.to_v6().to_bytes();
  return {octets.begin(), octets.end()};
}

unsigned bits_of(const ip::address& address) { return address.is_v4() ? 32 : 128; }

bool same_front(std::span<const std::uint8_t> a, std::span<const std::uint8_t> b, unsigned bits) {
  const std::size_t whole = bits / 8;
  if (!std::ranges::equal(a.first(whole), b.first(whole))) return false;
  const unsigned rest = bits % 8;
  return rest == 0 || ((a[whole] ^ b[whole]) >> (8 - rest)) == 0;
}

}  // namespace

ip::address unmapped(const ip::address& address) {
  if (!address.is_v6() || !address.to_v6().is_v4_mapped()) return address;
  return ip::make_address_v4(ip::v4_mapped, address.to_v6());
}

std::optional<ip::address> address_of(const HostPort& peer) {
  boost::system::error_code not_an_address;
  const auto address = ip::make_address(peer.host, not_an_address);
  return not_an_address ? std::nullopt : std::optional(unmapped(address));
}

bool Network::contains(const ip::address& other) const {
  if (address.is_v4() != other.is_v4()) return false;
  return same_front(octets_of(address), octets_of(other), bits);
}

bool Network::has_bits_behind_mask() const {
  const auto octets = octets_of(address);
  for (unsigned bit = bits; bit < bits_of(address); ++bit) {
    if ((octets[bit / 8] >> (7 - bit % 8) & 1U) != 0) return true;
  }
  return false;
}

std::optional<Network> parse_network(std::string_view text) {
  const auto slash = text.find('/');
  boost::system::error_code no_address;
  const auto address = ip::make_address(text.substr(0, slash), no_address);
  if (no_address) return std::nullopt;
  if (slash == text.npos) return Network{address, bits_of(address)};
  const auto digits = text.substr(slash + 1);
  unsigned bits = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
  if (error != std::errc() || end != digits.data() + digits.size() || bits > bits_of(address))
    return std::nullopt;
  return Network{address, bits};
}

bool contains(std::span<const Network> networks, const ip::address& address) {
  const auto plain = unmapped(address);
  return std::ranges::any_of(networks, [&](const Network& network) { return network.contains(plain); });
}

}  // namespace towline::net
