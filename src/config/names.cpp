#include "config/names.hpp"

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

// Insertions, deletions, replacements and swaps of neighbours that turn `a` into `b`.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1);
  std::vector<std::size_t> above(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) above[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, replaced});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) row[j] = std::min(row[j], before[j - 2] + 1);
    }
    std::swap(before, above);
    std::swap(above, row);
  }
  return above[b.size()];
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

Problem unknown(std::string_view name, std::span<const Field> table) {
  const auto nearest = nearest_name(name, table);
  return {ProblemKind::configuration, printable(name), "is not a variable of towline",
          nearest ? "did you mean " + std::string(*nearest) + "?" : "`towline help` lists them all"};
}

void warn(const std::vector<std::string>& names, const std::string& text, Findings& findings) {
  if (!names.empty()) findings.warnings.push_back({joined(names), text});
}

void warn_of_unknown(const std::vector<std::string>& names, std::span<const Field> table,
                     Findings& findings) {
  std::vector<std::string> hints;
  for (const auto& name : names) {
    if (const auto nearest = nearest_name(name, table))
      hints.push_back(std::string(*nearest) + " for " + name);
  }
  const std::string hint = hints.empty() ? "" : "; did you mean " + joined(hints) + "?";
  warn(names, "not known to towline, without effect" + hint, findings);
}

}  // namespace

std::optional<std::string_view> nearest_name(std::string_view name, std::span<const Field> table) {
  constexpr std::size_t name_length_max = 64;  // twice the longest of ours: more is not a misspelling
  if (name.size() > name_length_max) return std::nullopt;
  std::size_t closest = std::max<std::size_t>(2, name.size() / 3) + 1;
  std::optional<std::string_view> nearest;
  for (const Field& field : table) {
    const auto distance = edit_distance(name, field.name);
    if (distance >= closest) continue;
    closest = distance;
    nearest = field.name;
  }
  return nearest;
}

bool belongs_to_others(std::string_view name, std::string_view value) {
  if (is_in(name, of_a_login) || name.ends_with("_SERVICE_HOST") || ends_like_port_link(name)) return true;
  if (name.ends_with("_SERVICE_PORT") || name.find("_SERVICE_PORT_") != std::string_view::npos) return true;
  return name.ends_with("_PORT") && is_service_link(value);
}

Findings judge_names(const Env& env, std::span<const Field> table, bool strict) {
  Findings findings;
  std::vector<std::string> ignored;
  std::vector<std::string> strangers;
  for (const auto& [name, value] : env.all()) {
    const bool towlines = name.starts_with("TOWLINE_");
    const bool ours = towlines || name.starts_with("AUTOSSH_") || name.starts_with("SSH_");
    if (!ours || has_row(name, table) || belongs_to_others(name, value)) continue;
    if (is_in(name, pointless)) {
      ignored.push_back(name);
    } else if (towlines || strict) {
      findings.problems.push_back(unknown(name, table));
    } else {
      strangers.push_back(printable(name));
    }
  }
  warn(ignored, "without a meaning in towline and without effect", findings);
  warn_of_unknown(strangers, table, findings);
  return findings;
}

}  // namespace towline::config
