#include "config/conflicts.hpp"

#include "config/forwards.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace towline::config {

namespace {

using forward::ForwardSpec;
using forward::Mode;

// What is bound in this process, with its name for people.
struct Listener {
  std::string variable;
  std::string name;
  net::HostPort where;
  std::string path;
};

bool is_v6(const std::string& host) { return host.find(':') != std::string::npos; }

bool covers(const net::HostPort& wide, const net::HostPort& narrow) {
  if (wide.host.empty() || wide.host == narrow.host) return true;
  if (wide.host == "::") return is_v6(narrow.host) || narrow.host == "localhost";
  if (wide.host == "0.0.0.0") return !is_v6(narrow.host) && !narrow.host.empty();
  return wide.host == "localhost" && (narrow.host == "127.0.0.1" || narrow.host == "::1");
}

bool collide(const Listener& a, const Listener& b) {
  if (!a.path.empty() || !b.path.empty()) return a.path == b.path;
  return a.where.port != 0 && a.where.port == b.where.port &&
         (covers(a.where, b.where) || covers(b.where, a.where));
}

std::vector<Listener> local_listeners(const Config& config) {
  std::vector<Listener> all;
  for (const auto& spec : config.forwards) {
    if (spec.mode == Mode::remote) continue;
    all.push_back({"SSH_FORWARDS", spec.name, spec.listen, spec.listen_path});
  }
  if (config.admin.listen) {
    all.push_back({"TOWLINE_ADMIN_LISTEN", "the admin port", *config.admin.listen, {}});
  }
  if (config.control.listen || !config.control.path.empty()) {
    all.push_back({"TOWLINE_CONTROL_LISTEN", "the control port",
                   config.control.listen.value_or(net::HostPort()), config.control.path});
  }
  return all;
}

void check_local_listeners(const Config& config, Findings& findings) {
  const auto all = local_listeners(config);
  for (std::size_t later = 1; later < all.size(); ++later) {
    const auto earlier = std::find_if(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(later),
                                      [&](const Listener& other) { return collide(other, all[later]); });
    if (earlier == all.begin() + static_cast<std::ptrdiff_t>(later)) continue;
    findings.problems.push_back({ProblemKind::configuration, all[later].variable,
                                 all[later].name + " listens where " + earlier->name + " does",
                                 "give each an address or a port of its own"});
  }
}

// What a server makes of names and wildcards is its own affair: only the same words are the same address.
void check_remote_listeners(const Config& config, Findings& findings) {
  std::set<std::pair<net::HostPort, std::string>> seen;
  for (const auto& spec : config.forwards) {
    const bool any_port = spec.listen_path.empty() && spec.listen.port == 0;
    if (spec.mode != Mode::remote || any_port) continue;
    if (seen.emplace(spec.listen, spec.listen_path).second) continue;
    findings.problems.push_back({ProblemKind::configuration, "SSH_FORWARDS",
                                 spec.name + " listens on the server where another forward does",
                                 "give each an address or a port of its own"});
  }
}

void check_names(const Config& config, Findings& findings) {
  std::set<std::string_view> names;
  for (const auto& spec : config.forwards) {
    if (names.insert(spec.name).second) continue;
    findings.problems.push_back({ProblemKind::configuration, "SSH_FORWARDS",
                                 "two forwards have the name " + config::quoted(spec.name),
                                 "give each forward a name of its own; that of SSH_MODE is SSH_TUNNEL_NAME"});
  }
}

void check_counts(const Config& config, Findings& findings) {
  const auto& forwards = config.forwards;
  const bool shares =
      std::ranges::any_of(forwards, [](const ForwardSpec& spec) { return spec.mode != Mode::remote; });
  if (config.pool.connections > 1 && !shares) {
    findings.warnings.push_back(
        {"SSH_CONNECTIONS",
         "has no effect without a local or dynamic forward: -R lives on the first session"});
  }
  const auto required = static_cast<std::size_t>(std::ranges::count_if(forwards, &ForwardSpec::required));
  const bool too_many =
      config.ready.rule == observe::ReadyPolicy::Rule::at_least && config.ready.count > required;
  if (too_many) {
    findings.warnings.push_back(
        {"TOWLINE_READY_POLICY", "asks for more forwards than the " + std::to_string(required) +
                                     " required ones there are: all of them must be up"});
  }
}

void check_access_log(const Config& config, Findings& findings) {
  const bool asked = std::ranges::any_of(config.forwards, &ForwardSpec::access_log);
  if (!asked || config.log.log_level >= observe::Level::info) return;
  findings.warnings.push_back(
      {"TOWLINE_ACCESS_LOG", "has no effect at this TOWLINE_LOG_LEVEL: connections are logged at info"});
}

}  // namespace

Findings check_conflicts(const Config& config) {
  Findings findings;
  check_names(config, findings);
  check_local_listeners(config, findings);
  check_remote_listeners(config, findings);
  check_counts(config, findings);
  check_access_log(config, findings);
  return findings;
}

}  // namespace towline::config
