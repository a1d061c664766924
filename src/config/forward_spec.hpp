// What follows -L, -R and -D in ssh(1), -S, which is ours, and SSH_MODE, in the words people have been
// pasting into ssh's command line.
#pragma once

#include "config/parse.hpp"
#include "forward/spec.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace towline::config {

// How the address that -R binds is written: one that a server has, or whatever a service takes, as it is.
enum class Hosts { addresses, verbatim };

// What a service is asked for beside the port: a name, "*", even "user:password@name/path"; two quotation
// marks are the empty string.
Parsed<std::string> parse_published_host(std::string_view text);

// "[bind:]port:host:hostport", "[bind:]port:/socket", "/socket:host:hostport", "/socket:/socket",
// "[bind/]port/host/hostport"; for -D "[bind:]port", for -S that or "/socket". An IPv6 address stands in
// brackets. As in ssh, no address to bind means "localhost", an empty one or "*" every address. The result
// has no name; everything but where it listens and connects is default. A remote listener without a target (a
// SOCKS server on the other side) is refused. `hosts` is for -R; in verbatim ones a slash is a slash, and
// what has a colon stands in brackets.
Parsed<forward::ForwardSpec> parse_forward_spec(forward::Mode mode, std::string_view text,
                                                Hosts hosts = Hosts::addresses);

struct ModeWords {
  forward::Mode mode = forward::Mode::remote;
  std::string ignored =
      {};  // ssh options beside it that would change something in ssh, but not here: "-4 -C"
  std::optional<net::HostPort> listen = {};  // the address behind -D or -S
};

// "-R", "R", "remote", "reverse", "-L", "L", "local", "-D", "D", "dynamic", "-S", "S", "share", with ssh's
// harmless flags before or after it ("-Ng -L", "-NL"). An address may follow -D and -S: "-D 0.0.0.0:1080".
// And "expose".
Parsed<ModeWords> parse_mode(std::string_view text);

}  // namespace towline::config
