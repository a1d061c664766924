// What to do where the two sides have no algorithm in common: sentences with the braces of Peer, from what
// the server offers, what we could and what SSH_OPTIONS leaves of it. Pure.
#pragma once

#include "async/result.hpp"
#include "supervisor/peer.hpp"

#include <string>

namespace towline::supervisor {

std::string no_common_key_exchange(const Failure& failure, const Peer& peer);
std::string no_common_host_key(const Failure& failure, const Peer& peer);
std::string no_common_cipher(const Failure& failure, const Peer& peer);
std::string no_common_mac(const Failure& failure, const Peer& peer);

}  // namespace towline::supervisor
