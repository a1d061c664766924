// A channel that fits no forward, in the words of operators. Pure.
#pragma once

#include "observe/reasons.hpp"
#include "ssh/connection/event.hpp"

#include <string_view>

namespace towline::supervisor {

// The metric's label. `fit` is not named.
observe::UnmatchedChannel unmatched_channel(ssh::connection::ChannelFit fit);

// What happened, and what to do next.
std::string_view unmatched_text(observe::UnmatchedChannel outcome);
std::string_view unmatched_hint(observe::UnmatchedChannel outcome);

}  // namespace towline::supervisor
