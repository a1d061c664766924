// Lists of servers: SSH_REMOTE_HOST and SSH_JUMP_HOSTS.
#pragma once

#include "config/parse.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace towline::config {

// One entry of a list, as written: what is left out comes from other variables.
struct ServerWords {
  std::optional<std::string> user;
  std::string host;
  std::optional<std::uint16_t> port;

  bool operator==(const ServerWords&) const = default;
};

// "host", "host:port", "[v6]:port" or bare v6, with commas between; SSH_REMOTE_HOST.
Parsed<std::vector<ServerWords>> parse_servers(std::string_view text);

// The same with "user@" or "ssh://user@" in front, as ssh -J takes it; SSH_JUMP_HOSTS.
Parsed<std::vector<ServerWords>> parse_jump_hosts(std::string_view text);

// A comma list of paths.
Parsed<std::vector<std::string>> parse_paths(std::string_view text);

}  // namespace towline::config
