// What the admin port answers: health, status, metrics and the page; pure.
#pragma once

#include "admin/router.hpp"
#include "admin/view.hpp"

namespace towline::admin {

Response respond(const Request& request, const View& view);

}  // namespace towline::admin
