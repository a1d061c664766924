#include "app/ports.hpp"

#include <algorithm>
#include <utility>

namespace towline::app {

namespace {

bool is_alphanumeric(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

// Names of outputs are letters, digits, "-" and "_".
std::string output_name(std::string_view forward) {
  std::string name = "port-";
  for (const char c : forward) name += is_alphanumeric(c) || c == '_' ? c : '-';
  return name;
}

}  // namespace

std::vector<Port> with_port(std::vector<Port> ports, Port port, const std::vector<std::string>& names) {
  std::erase_if(ports, [&](const Port& old) { return old.forward == port.forward; });
  ports.push_back(std::move(port));
  const auto place = [&](const Port& one) { return std::ranges::find(names, one.forward) - names.begin(); };
  std::ranges::sort(ports, {}, place);
  return ports;
}

std::string port_lines(const std::vector<Port>& ports) {
  std::string lines;
  for (const auto& port : ports) lines += port.forward + '=' + std::to_string(port.number) + '\n';
  return lines;
}

std::string port_variable(std::string_view forward) {
  std::string name = "TUNNEL_PORT_";
  for (const char c : forward) name += is_alphanumeric(c) ? upper(c) : '_';
  return name;
}

std::string github_output_lines(const std::vector<Port>& ports) {
  std::string lines;
  for (const auto& port : ports)
    lines += output_name(port.forward) + '=' + std::to_string(port.number) + '\n';
  return lines;
}

std::string github_env_lines(const std::vector<Port>& ports) {
  std::string lines;
  for (const auto& port : ports) {
    lines += port_variable(port.forward) + '=' + std::to_string(port.number) + '\n';
  }
  return lines;
}

}  // namespace towline::app
