// SSH_MODE: the direction of the forward, in the words people have been pasting into an ssh command line.
#pragma once

#include "config/parse.hpp"
#include "forward/spec.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace towline::config {

struct ModeWords {
  forward::Mode mode = forward::Mode::remote;
  std::string ignored =
      {};  // ssh options beside it that would change something in ssh, but not here: "-4 -C"
  std::optional<net::HostPort> listen = {};  // the address behind -D
};

// "-R", "R", "remote", "reverse", "-L", "L", "local", "-D", "D", "dynamic", with ssh's harmless flags before
// or after it ("-Ng -L", "-NL"). An address may follow -D: "-D 0.0.0.0:1080".
Parsed<ModeWords> parse_mode(std::string_view text);

}  // namespace towline::config
