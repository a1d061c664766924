// Values that belong somewhere else, or were never filled in: keys, passwords, comments, "${NAME}", "***".
#pragma once

#include "config/fields.hpp"

#include <optional>
#include <string_view>

namespace towline::config {

// What `text`, the value of a row, holds that cannot be meant for it; asked before its row reads it. The
// complaint repeats nothing that may be a secret. Pure.
std::optional<Complaint> find_misplaced(const Field& field, std::string_view text);

}  // namespace towline::config
