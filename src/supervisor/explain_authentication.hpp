// What to do where a login came to nothing: sentences with the braces of Peer, from what was tried and what
// the server offers. Pure.
#pragma once

#include "async/result.hpp"
#include "supervisor/peer.hpp"

#include <string>

namespace towline::supervisor {

std::string questions_unanswered(const Failure& failure, const Peer& peer);
std::string login_ended(const Failure& failure, const Peer& peer);
std::string more_proof_required(const Failure& failure, const Peer& peer);
std::string method_not_offered(const Failure& failure, const Peer& peer);
std::string authentication_refused(const Failure& failure, const Peer& peer);

}  // namespace towline::supervisor
