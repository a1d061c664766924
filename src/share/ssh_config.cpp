#include "share/ssh_config.hpp"

#include <algorithm>
#include <string_view>

namespace towline::share {

namespace {

bool is_plain_name(std::string_view name) {
  return !name.empty() && name.find_first_of(" \t\"'#,*?!\\%") == std::string_view::npos;
}

// Where a client of this machine connects to reach what listens on `host`.
std::string_view reached_at(std::string_view host) {
  if (host.empty() || host == "*" || host == "0.0.0.0") return "127.0.0.1";
  return host == "::" ? "::1" : host;
}

// For a shell, inside of what ssh expands its percent signs in.
std::string quoted_for_proxy(std::string_view path) {
  std::string out = "'";
  for (const char c : path) {
    if (c == '\'') {
      out += "'\\''";
    } else {
      out += c;
      if (c == '%') out += c;
    }
  }
  return out + '\'';
}

// ssh itself connects to no unix socket.
std::string way_to(const forward::ForwardSpec& spec, std::uint16_t port) {
  if (!spec.listen_path.empty()) return "  ProxyCommand nc -U " + quoted_for_proxy(spec.listen_path) + '\n';
  return "  HostName " + std::string(reached_at(spec.listen.host)) + "\n  Port " + std::to_string(port) +
         "\n  ProxyCommand none\n";
}

}  // namespace

std::string ssh_config(const forward::ForwardSpec& spec, std::uint16_t port, std::vector<std::string> names,
                       const std::string& known_hosts) {
  names.emplace_back("towline");
  std::erase_if(names, [](const std::string& name) { return !is_plain_name(name); });
  std::ranges::sort(names);
  names.erase(std::unique(names.begin(), names.end()), names.end());
  std::string ours = "Host";
  std::string others = "Host *";
  for (const auto& name : names) {
    ours += ' ' + name;
    others += " !" + name;
  }
  return ours + '\n' + way_to(spec, port) + "  UserKnownHostsFile \"" + known_hosts +
         "\"\n  GlobalKnownHostsFile none\n  StrictHostKeyChecking yes\n  ControlPath none\n" + others +
         "\n  Include ~/.ssh/config\n  Include /etc/ssh/ssh_config\n";
}

}  // namespace towline::share
