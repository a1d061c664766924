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

// The same as JSON: {"version":…,"revision":…,"compiler":…,"libssh2":…,"libssh":…,"openssl":…}. One line.
std::string version_json();

// What is linked in, under which licences, and where its source is: for whoever passes the binary on.
std::string licenses_text();

}  // namespace towline::app
