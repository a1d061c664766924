#include "app/ports.hpp"

#include <algorithm>
#include <charconv>
#include <system_error>
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

// config::parse_name() takes these, and give_names() makes no others.
bool is_name(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return is_alphanumeric(c) || std::string_view("._-").find(c) != std::string_view::npos;
  });
}

bool is_port(std::string_view text) {
  std::uint16_t number = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  return failed == std::errc() && end == text.data() + text.size() && number > 0;
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

bool are_port_lines(std::string_view text) {
  while (!text.empty()) {
    const auto newline = text.find('\n');
    if (newline == std::string_view::npos) return false;
    const auto line = text.substr(0, newline);
    const auto sign = line.find('=');
    if (sign == std::string_view::npos || !is_name(line.substr(0, sign)) || !is_port(line.substr(sign + 1)))
      return false;
    text.remove_prefix(newline + 1);
  }
  return true;
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
