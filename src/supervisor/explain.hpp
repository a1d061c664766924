// Failures in the words of operators: the metric's label and the next action for each, in one table. Pure.
#pragma once

#include "async/result.hpp"
#include "observe/reasons.hpp"
#include "ssh/client/listens.hpp"
#include "supervisor/peer.hpp"

#include <string>
#include <string_view>

namespace towline::supervisor {

// An attempt that did not become a session.
observe::ConnectFailure connect_failure(const boost::system::error_code& code);

// A session that ended; errc::session_closed is our own doing.
observe::Disconnect disconnect(const boost::system::error_code& code);

// What to do next, for whoever reads the log at three in the morning; what the peer has said and offered
// decides where it tells. Empty for what is no failure: a session or channel that was closed in order.
std::string hint(const Failure& failure, const Peer& peer);

// A channel that fits no forward: the metric's label. `fit` is not named.
observe::UnmatchedChannel unmatched_channel(ssh::ChannelFit fit);

// What happened, and what to do next.
std::string_view unmatched_text(observe::UnmatchedChannel outcome);
std::string_view unmatched_hint(observe::UnmatchedChannel outcome);

}  // namespace towline::supervisor
