// Which forward listens where, as text for shells, CI systems and children; pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace towline::app {

struct Port {
  std::string forward;
  std::uint16_t number = 0;

  bool operator==(const Port&) const = default;
};

// `ports` with that of one forward added or replaced, in the order of `names`.
std::vector<Port> with_port(std::vector<Port> ports, Port port, const std::vector<std::string>& names);

// "db=40001\nweb=40002\n"
std::string port_lines(const std::vector<Port>& ports);

// Whether `text` is such lines and nothing else, or empty.
bool are_port_lines(std::string_view text);

// "db" → "TUNNEL_PORT_DB", "web-1.x" → "TUNNEL_PORT_WEB_1_X". Not TOWLINE_…: a towline that is started with
// such a variable would refuse it as unknown.
std::string port_variable(std::string_view forward);

// What GitHub Actions reads as the outputs of a step ("port-db=40001\n"; a dot becomes "-") and as variables
// of later steps ("TUNNEL_PORT_DB=40001\n").
std::string github_output_lines(const std::vector<Port>& ports);
std::string github_env_lines(const std::vector<Port>& ports);

}  // namespace towline::app
