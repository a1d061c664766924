// What a client's Accept header asks for; pure.
#pragma once

#include "observe/openmetrics.hpp"

#include <string_view>

namespace towline::admin {

// OpenMetrics 1.0.0 where the client names it and does not rank text/plain higher (at equal rank the one
// named first wins); text 0.0.4 in every other case, nothing acceptable included.
observe::Exposition negotiate_exposition(std::string_view accept);

// True where application/json is named and ranks above text/plain.
bool prefers_json(std::string_view accept);

}  // namespace towline::admin
