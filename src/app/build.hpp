// What this program is made of, as text.
#pragma once

#include "observe/facts.hpp"

#include <string>
#include <string_view>

namespace towline::app {

std::string_view version();
std::string_view revision();
std::string_view sanitizers();  // -fsanitize's value; empty in what is shipped
observe::BuildInfo build_info();

// What `towline version` prints: one fact a line.
std::string version_text();

// The same as JSON: {"version":…,"revision":…,"compiler":…,"libssh2":…,"openssl":…}. One line.
std::string version_json();

}  // namespace towline::app
