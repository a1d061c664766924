// The JSON answers; pure. No secret is in a View, so none can be here.
#pragma once

#include "admin/view.hpp"
#include "observe/health.hpp"

#include <string>
#include <string_view>

namespace towline::admin {

// /statusz: everything known about the agent, its forwards, and the clients of its endpoints.
std::string status_json(const View& view);

// {"check":"readyz","ok":false,"reason":"auth","subject":"main","checks":["[-]forward/main backoff
// reason=auth"]}
std::string verdict_json(std::string_view check, const observe::Verdict& verdict);

}  // namespace towline::admin
