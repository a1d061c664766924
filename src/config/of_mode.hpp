// Which variables mean something to which mode; pure.
#pragma once

#include "config/fields.hpp"

#include <vector>

namespace towline::config {

bool is_of_mode(const Field& field, forward::Mode mode);

// In the order of the table, for `towline help MODE`.
std::vector<Field> fields_of_mode(forward::Mode mode);

}  // namespace towline::config
