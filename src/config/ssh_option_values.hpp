// Values as ssh_config(5) writes them. Pure.
#pragma once

#include "config/parse.hpp"
#include "net/options.hpp"
#include "observe/options.hpp"

#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

namespace towline::config {

Parsed<bool> yes_or_no(std::string_view text);

// Whole paths with blanks between, "none" for none of them: nothing fills in "~", "%h" and "${NAME}" here.
Parsed<std::vector<std::string>> parse_whole_paths(std::string_view text);

// One path, which may hold blanks.
Parsed<std::string> parse_whole_path(std::string_view text);

Parsed<net::AddressFamily> parse_address_family(std::string_view text);
Parsed<std::string> parse_bind_address(std::string_view text);
Parsed<std::string> parse_bind_interface(std::string_view text);
Parsed<std::vector<ServerWords>> parse_proxy_jump(std::string_view text);

// A path, or empty for "none".
Parsed<std::string> parse_identity_agent(std::string_view text);

// "publickey,password"
Parsed<std::vector<std::string>> parse_methods(std::string_view text);

Parsed<mode_t> parse_bind_mask(std::string_view text);
Parsed<observe::Level> parse_ssh_log_level(std::string_view text);

// Of StrictHostKeyChecking and ServerAliveCountMax, which are only checked.
Parsed<bool> parse_strictness(std::string_view text);
Parsed<int> parse_ssh_alive_count(std::string_view text);

}  // namespace towline::config
