#include "net/address_order.hpp"

#include <boost/asio/ip/udp.hpp>

#include <algorithm>

namespace towline::net {

namespace {

using asio::ip::address_v6;

enum class Kind { loopback, link_local, site_local, other };

// The labels of RFC 6724's table that a name can have. 6to4 and Teredo come after IPv4, as unique local ones.
Kind kind_of(const address_v6& address) {
  const auto bytes = address.to_bytes();
  if (address.is_loopback()) return Kind::loopback;
  if (address.is_link_local()) return Kind::link_local;
  const bool unique_local = (bytes[0] & 0xfeU) == 0xfcU;
  const bool six_to_four = bytes[0] == 0x20 && bytes[1] == 0x02;
  const bool teredo = bytes[0] == 0x20 && bytes[1] == 0x01 && bytes[2] == 0 && bytes[3] == 0;
  return unique_local || six_to_four || teredo ? Kind::site_local : Kind::other;
}

// The kernel's choice; nothing is sent.
std::optional<asio::ip::address> source_towards(const asio::any_io_executor& executor,
                                                const asio::ip::tcp::endpoint& to) {
  asio::ip::udp::socket socket(executor);
  error_code ec;
  socket.connect({to.address(), to.port()}, ec);
  if (ec) return std::nullopt;
  const auto from = socket.local_endpoint(ec);
  return ec ? std::nullopt : std::optional(from.address());
}

}  // namespace

bool prefers_v6(const address_v6& to, const std::optional<address_v6>& from, bool v4_has_route) {
  if (!from || !v4_has_route) return from.has_value();
  return kind_of(to) == kind_of(*from) && kind_of(to) != Kind::site_local;
}

Endpoints in_turn(const Endpoints& first, const Endpoints& second) {
  Endpoints all;
  for (std::size_t i = 0; i < std::max(first.size(), second.size()); ++i) {
    if (i < first.size()) all.push_back(first[i]);
    if (i < second.size()) all.push_back(second[i]);
  }
  return all;
}

Endpoints in_order(const asio::any_io_executor& executor, const Endpoints& v4, const Endpoints& v6) {
  if (v4.empty() || v6.empty()) return in_turn(v4, v6);
  const auto from = source_towards(executor, v6.front());
  const auto from_v6 = from ? std::optional(from->to_v6()) : std::nullopt;
  const bool v4_has_route = source_towards(executor, v4.front()).has_value();
  const bool v6_first = prefers_v6(v6.front().address().to_v6(), from_v6, v4_has_route);
  return v6_first ? in_turn(v6, v4) : in_turn(v4, v6);
}

}  // namespace towline::net
