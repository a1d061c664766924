// SSH_FORWARDS: many forwards, one for each line.
#pragma once

#include "config/forward_spec.hpp"
#include "config/parse.hpp"
#include "forward/spec.hpp"

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace towline::config {

// One line. What it leaves open comes from TOWLINE_MAX_CONNECTIONS, TOWLINE_IDLE_TIMEOUT and SSH_PROBE.
struct ForwardLine {
  forward::ForwardSpec spec;  // without a name: give_names() finds one
  std::optional<std::size_t> max_connections;
  std::optional<std::chrono::seconds> idle_timeout;
  std::optional<std::optional<forward::ProbeSpec>> probe;  // set to nothing: `probe=off`
  bool obeys_gateway_ports = false;                        // of SSH_OPTIONS, without an address to listen on
};

struct ForwardLines {
  std::vector<ForwardLine> forwards;
  std::vector<Complaint> complaints;  // each begins with its line: "line 3: "-L 80" names no target"
};

// `[name=]FLAG SPEC [option=value…]`, one per line or `;`. A "#" at the start or after a blank begins a
// comment. Every bad line gets its complaint.
ForwardLines parse_forwards(std::string_view text, Hosts hosts = Hosts::addresses);

// A name for each forward without one: "L8080", "R22", "D1080", "S2222", "L-db.sock", with "-2" and so on
// behind where that is taken.
void give_names(std::vector<forward::ForwardSpec>& forwards);

// "-L 127.0.0.1:8080:db:5432", "-D localhost:1080": as ssh(1) would take it. "-S localhost:2222" is ours.
std::string spec_text(const forward::ForwardSpec& spec);

// SSH_PROBE and the option `probe` of a forward: "tcp", "banner", "http:/path"; nothing for "off".
Parsed<std::optional<forward::ProbeSpec>> parse_probe(std::string_view text);

}  // namespace towline::config
