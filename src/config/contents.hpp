// Texts that stand in a variable as they would in a file. Secrets are kept in memory that is wiped.
#pragma once

#include "config/parse.hpp"
#include "text/secret.hpp"

#include <memory>
#include <string_view>

namespace towline::config {

using SharedSecret = std::shared_ptr<const text::Secret>;

Parsed<SharedSecret> parse_secret(std::string_view text);

// The same, but not a path alone: no key, certificate or line of known_hosts begins like one.
Parsed<SharedSecret> parse_content(std::string_view text);

}  // namespace towline::config
