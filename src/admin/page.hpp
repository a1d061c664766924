// The page for people: every forward, how it stands and what to do; pure. No script, nothing loaded from
// elsewhere.
#pragma once

#include "admin/view.hpp"

#include <string>

namespace towline::admin {

std::string page(const View& view);

}  // namespace towline::admin
