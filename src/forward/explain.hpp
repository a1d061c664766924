// Why a listener could not be had, here or on the server, or a connection not be joined, and what to do about
// it. Pure.
#pragma once

#include "async/result.hpp"
#include "async/task.hpp"
#include "forward/place.hpp"
#include "forward/report.hpp"
#include "forward/spec.hpp"
#include "observe/reasons.hpp"

#include <cstdint>
#include <string>

namespace towline::forward {

// The label of a failure to bind here.
observe::SetupFailure setup_failure(const error_code& code);

// A listener of -L, -D or -S, here.
Explanation bind_refusal(const ForwardSpec& spec, const Failure& failure);

// A listener of -R, on the server, which does not say why. `port` is the one it was asked for, `refused` the
// address that it refused; empty: as configured.
Explanation listen_refusal(const ForwardSpec& spec, std::uint16_t port, observe::SetupFailure reason,
                           const std::string& refused = {});

// A connection: one line for each reason; of ConnectionFailure::limit that of Limit::connections.
std::string connection_hint(observe::ConnectionFailure reason, Mode mode);
std::string limit_hint(Limit reached);

}  // namespace towline::forward
