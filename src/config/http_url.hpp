// The URL of a service that is asked.
#pragma once

#include "config/parse.hpp"
#include "endpoint/options.hpp"

#include <string_view>

namespace towline::config {

// "https://host:port/path?query" into where to connect and what to ask for there; http and https alone.
Parsed<endpoint::AskedUrl> parse_http_url(std::string_view text);

// Whether there is something in front of the host, a user or what else only the two of them may know.
bool has_user_in_url(std::string_view text);

}  // namespace towline::config
