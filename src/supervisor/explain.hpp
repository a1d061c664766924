// Failures in the words of operators: the metric's label and the next action for each. Pure.
#pragma once

#include "async/result.hpp"
#include "observe/reasons.hpp"
#include "ssh/options.hpp"

#include <string>

namespace towline::supervisor {

// An attempt that did not become a session.
observe::ConnectFailure connect_failure(const boost::system::error_code& code);

// A session that ended; errc::session_closed is our own doing.
observe::Disconnect disconnect(const boost::system::error_code& code);

// What to do next, for whoever reads the log at three in the morning; what the server has said and offered
// decides where it tells. Empty for what is no failure: a session or channel that was closed in order.
std::string hint(const Failure& failure, const ssh::Options& options);

}  // namespace towline::supervisor
