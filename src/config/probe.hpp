// SSH_PROBE and the option `probe` of a forward.
#pragma once

#include "config/parse.hpp"
#include "forward/spec.hpp"

#include <optional>
#include <string_view>

namespace towline::config {

// "tcp", "banner", "http:/path"; nothing for "off".
Parsed<std::optional<forward::ProbeSpec>> parse_probe(std::string_view text);

}  // namespace towline::config
