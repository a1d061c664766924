// In which order the addresses of a name are tried when its two families were asked for separately.
#pragma once

#include "net/resolve.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/address_v6.hpp>

#include <optional>

namespace towline::net {

// Whether IPv6 comes first, by the best address of each family and the address that we would have towards it
// (nothing: there is no route). RFC 6724, rules 1, 2, 5 and 6 with its default table, as far as they tell the
// families apart.
bool prefers_v6(const asio::ip::address_v6& to, const std::optional<asio::ip::address_v6>& from,
                bool v4_has_route);

// The families in turn (RFC 8305, 4), so that a dead one costs one attempt and not all of its addresses.
Endpoints in_turn(const Endpoints& first, const Endpoints& second);

// Both of it, with this machine's routes. Either list may be empty.
Endpoints in_order(const asio::any_io_executor& executor, const Endpoints& v4, const Endpoints& v6);

}  // namespace towline::net
