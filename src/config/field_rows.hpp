// The parts of the table. Only fields*.cpp include it.
#pragma once

#include "config/fields.hpp"

#include <span>

namespace towline::config {

// The parts, in the order of the table.
std::span<const Field> server_fields();
std::span<const Field> forward_fields();
std::span<const Field> operation_fields();

}  // namespace towline::config
