// The PROXY protocol's header (haproxy.org, proxy-protocol.txt), by which a target learns who has connected
// to the server. Pure.
#pragma once

#include "forward/spec.hpp"
#include "net/host_port.hpp"

#include <string>

namespace towline::forward {

// The header's bytes; empty for `none`. `originator` is what the server reports, `bound` where it listens: a
// name or "" there stands for the address of the originator's family. UNKNOWN (v1) or LOCAL (v2) when the
// originator is not an address, or the two are not of one family.
std::string proxy_header(ProxyProtocol version, const net::HostPort& originator, const net::HostPort& bound);

}  // namespace towline::forward
