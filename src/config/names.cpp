#include "config/names.hpp"

#include "config/suggestion.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <vector>

namespace towline::config {

namespace {

// autossh(1): variables about a child process, a log file or a monitoring port, none of which exist here.
constexpr auto pointless = std::to_array<std::string_view>({
    "AUTOSSH_FIRST_POLL",
    "AUTOSSH_LOGFILE",
    "AUTOSSH_MESSAGE",
    "AUTOSSH_NTSERVICE",
    "AUTOSSH_PATH",
    "AUTOSSH_PORT",
});

// ssh(1), ENVIRONMENT: set by login sessions and agents.
constexpr auto of_a_login = std::to_array<std::string_view>({
    "SSH_AGENT_PID",
    "SSH_CLIENT",
    "SSH_CONNECTION",
    "SSH_TTY",
});

bool is_in(std::string_view name, std::span<const std::string_view> names) {
  return std::ranges::find(names, name) != names.end();
}

bool has_row(std::string_view name, std::span<const Field> table) {
  return std::ranges::any_of(table,
                             [&](const Field& field) { return field.name == name || field.alias == name; });
}

// "_PORT_22_TCP", "_PORT_22_TCP_ADDR": what follows the Service's name in a link.
bool ends_like_port_link(std::string_view name) {
  for (auto at = name.find("_PORT_"); at != std::string_view::npos; at = name.find("_PORT_", at + 1)) {
    auto rest = name.substr(at + 6);
    const auto digits = rest.find_first_not_of("0123456789");
    if (digits == 0 || digits == std::string_view::npos) continue;
    rest.remove_prefix(digits);
    for (const std::string_view protocol : {"_TCP", "_UDP", "_SCTP"}) {
      const auto tail = rest.starts_with(protocol) ? rest.substr(protocol.size()) : std::string_view("?");
      if (tail.empty() || tail.starts_with('_')) return true;
    }
  }
  return false;
}

std::string hint_for(std::string_view name, const Env& env, std::span<const Field> table) {
  const auto meant = suggested_name(name, env, table);
  return meant ? "did you mean " + std::string(*meant) + "?" : "`towline help` lists them all";
}

Problem unknown(std::string_view name, const Env& env, std::span<const Field> table) {
  const auto shown = unless_secret(name);
  return {ProblemKind::configuration, shown, shown + " is not a variable of towline",
          hint_for(name, env, table)};
}

Warning without_effect(std::string_view name, const Env& env, std::span<const Field> table) {
  const auto shown = unless_secret(name);
  return {shown, shown + " is not a variable of towline and has no effect; " + hint_for(name, env, table)};
}

void warn_of_pointless(const std::vector<std::string>& names, Findings& findings) {
  if (names.empty()) return;
  const std::string verb = names.size() == 1 ? " has" : " have";
  findings.warnings.push_back({joined(names), joined(names) + verb + " no meaning in towline and no effect"});
}

}  // namespace

bool belongs_to_others(std::string_view name, std::string_view value) {
  if (is_in(name, of_a_login) || name.ends_with("_SERVICE_HOST") || ends_like_port_link(name)) return true;
  if (name.ends_with("_SERVICE_PORT") || name.find("_SERVICE_PORT_") != std::string_view::npos) return true;
  return name.ends_with("_PORT") && is_service_link(value);
}

Findings judge_names(const Env& env, std::span<const Field> table, bool strict) {
  Findings findings;
  std::vector<std::string> ignored;
  for (const auto& [name, value] : env.all()) {
    const bool towlines = name.starts_with("TOWLINE_");
    const bool ours = towlines || name.starts_with("AUTOSSH_") || name.starts_with("SSH_");
    if (!ours || has_row(name, table) || belongs_to_others(name, value)) continue;
    if (is_in(name, pointless)) {
      ignored.push_back(name);
    } else if (towlines || strict) {
      findings.problems.push_back(unknown(name, env, table));
    } else {
      findings.warnings.push_back(without_effect(name, env, table));
    }
  }
  warn_of_pointless(ignored, findings);
  return findings;
}

}  // namespace towline::config
