// The variable that somebody meant who set one that does not exist.
#pragma once

#include "config/env.hpp"
#include "config/fields.hpp"

#include <optional>
#include <span>
#include <string_view>

namespace towline::config {

// A row that is not set and takes the value of `name`: what other images call so, or else the row whose name,
// or older name, is most like it. Nothing where there is none: a suggestion that fails is worse.
std::optional<std::string_view> suggested_name(std::string_view name, const Env& env,
                                               std::span<const Field> table);

}  // namespace towline::config
