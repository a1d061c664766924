// What follows -L, -R and -D in ssh(1).
#pragma once

#include "config/parse.hpp"
#include "forward/spec.hpp"

#include <string_view>

namespace towline::config {

// "[bind:]port:host:hostport", "[bind:]port:/socket", "/socket:host:hostport", "/socket:/socket",
// "[bind/]port/host/hostport"; for -D "[bind:]port". An IPv6 address stands in brackets. As in ssh, no
// address to bind means "localhost", an empty one or "*" every address. The result has no name; everything
// but where it listens and connects is default. A remote listener without a target (a SOCKS server on the
// other side) is refused.
Parsed<forward::ForwardSpec> parse_forward_spec(forward::Mode mode, std::string_view text);

}  // namespace towline::config
