#include "config/names.hpp"

#include "config/misplaced.hpp"

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

constexpr std::size_t a_slip = 2;            // insertions, deletions, replacements, swaps
constexpr std::size_t misspelling_max = 64;  // twice the longest of ours: more is not a misspelling

// What images and compose files for SSH tunnels call ours. Two rows: the first that is not set is meant.
struct Synonym {
  std::string_view name;
  std::string_view ours;
  std::string_view otherwise = {};
};

constexpr auto synonyms = std::to_array<Synonym>({
    {"SSH_BIND_ADDR", "SSH_BIND_IP"},
    {"SSH_BIND_ADDRESS", "SSH_BIND_IP"},
    {"SSH_BIND_HOST", "SSH_BIND_IP"},
    {"SSH_LISTEN_ADDRESS", "SSH_BIND_IP"},
    {"SSH_TUNNEL_BIND", "SSH_BIND_IP"},
    {"SSH_TUNNEL_BIND_IP", "SSH_BIND_IP"},
    {"SSH_GATEWAY", "SSH_REMOTE_HOST"},
    {"SSH_BASTION", "SSH_REMOTE_HOST"},
    {"SSH_BASTION_HOST", "SSH_REMOTE_HOST"},
    {"SSH_HOST", "SSH_REMOTE_HOST"},
    {"SSH_SERVER", "SSH_REMOTE_HOST"},
    {"SSH_SERVER_HOST", "SSH_REMOTE_HOST"},
    {"SSH_BASTION_PORT", "SSH_REMOTE_PORT"},
    {"SSH_HOST_PORT", "SSH_REMOTE_PORT"},
    {"SSH_PORT", "SSH_REMOTE_PORT"},
    {"SSH_SERVER_PORT", "SSH_REMOTE_PORT"},
    {"SSH_BASTION_USER", "SSH_REMOTE_USER"},
    {"SSH_HOST_USER", "SSH_REMOTE_USER"},
    {"SSH_LOGIN", "SSH_REMOTE_USER"},
    {"SSH_SERVER_USER", "SSH_REMOTE_USER"},
    {"SSH_USER", "SSH_REMOTE_USER"},
    {"SSH_USERNAME", "SSH_REMOTE_USER"},
    {"SSH_LOCAL_PORT", "SSH_TUNNEL_PORT", "SSH_TARGET_PORT"},
    {"SSH_LISTEN_PORT", "SSH_TUNNEL_PORT"},
    {"SSH_TUNNEL_LOCAL_PORT", "SSH_TARGET_PORT", "SSH_TUNNEL_PORT"},
    {"SSH_TUNNEL_REMOTE_PORT", "SSH_TUNNEL_PORT", "SSH_TARGET_PORT"},
    {"SSH_TUNNEL_REMOTE_HOST", "SSH_TARGET_HOST"},
    {"SSH_TUNNEL_TARGET_HOST", "SSH_TARGET_HOST"},
    {"SSH_TUNNEL_TARGET_PORT", "SSH_TARGET_PORT"},
    {"SSH_DESTINATION_HOST", "SSH_TARGET_HOST"},
    {"SSH_DESTINATION_PORT", "SSH_TARGET_PORT"},
    {"SSH_ID_FILE", "SSH_KEY_FILE", "SSH_KEY"},
    {"SSH_IDENTITY_FILE", "SSH_KEY_FILE", "SSH_KEY"},
    {"SSH_KEY_PATH", "SSH_KEY_FILE", "SSH_KEY"},
    {"SSH_PRIVATE_KEY", "SSH_KEY", "SSH_KEY_FILE"},
    {"SSH_PRIVATE_KEY_FILE", "SSH_KEY_FILE", "SSH_KEY"},
    {"SSH_PRIVATE_KEY_PATH", "SSH_KEY_FILE", "SSH_KEY"},
    {"SSH_KEY_PASSWORD", "SSH_KEY_PASSPHRASE"},
    {"SSH_PASSPHRASE", "SSH_KEY_PASSPHRASE"},
    {"SSH_PASS", "SSH_PASSWORD"},
    {"SSH_PWD", "SSH_PASSWORD"},
    {"SSH_HOST_KEY", "SSH_KNOWN_HOSTS", "TOWLINE_HOST_KEY"},
    {"SSH_FINGERPRINT", "SSH_HOST_KEY_FINGERPRINT"},
    {"SSH_JUMP_HOST", "SSH_JUMP_HOSTS"},
    {"SSH_PROXY_JUMP", "SSH_JUMP_HOSTS"},
    {"SSH_EXTRA_OPTIONS", "SSH_OPTIONS"},
    {"SSH_OPTS", "SSH_OPTIONS"},
    {"SSH_TUNNELS", "SSH_FORWARDS"},
    {"TOWLINE_HEALTH_PORT", "TOWLINE_ADMIN_LISTEN"},
    {"SSH_HOST_KEY_FILE", "TOWLINE_HOST_KEY_FILE"},
    {"SSH_AUTHORIZED_KEYS", "TOWLINE_AUTHORIZED_KEYS", "TOWLINE_AUTHORIZED_KEYS_FILE"},
    {"SSH_AUTHORIZED_KEYS_DIR", "TOWLINE_AUTHORIZED_KEYS_FILE"},
    {"SSH_AUTHORIZED_KEYS_FILE", "TOWLINE_AUTHORIZED_KEYS_FILE"},
    {"TOWLINE_AUTHORIZED_KEYS_DIR", "TOWLINE_AUTHORIZED_KEYS_FILE"},
    {"SSH_TRUSTED_USER_CA_KEYS", "TOWLINE_USER_CA_KEYS", "TOWLINE_USER_CA_KEYS_FILE"},
    {"TOWLINE_TRUSTED_USER_CA_KEYS", "TOWLINE_USER_CA_KEYS", "TOWLINE_USER_CA_KEYS_FILE"},
    {"SSH_BANNER", "TOWLINE_BANNER", "TOWLINE_BANNER_FILE"},
    {"SSH_LOGIN_GRACE_TIME", "TOWLINE_LOGIN_TIMEOUT"},
    {"SSH_MAX_AUTH_TRIES", "TOWLINE_MAX_AUTH_TRIES"},
    {"TOWLINE_MAX_CHANNELS", "TOWLINE_MAX_CLIENTS_CHANNELS"},
    {"TOWLINE_MAX_PER_SOURCE", "TOWLINE_MAX_CLIENTS_PER_SOURCE"},
    {"TOWLINE_SHARE_LISTEN", "SSH_TUNNEL_PORT", "SSH_BIND_IP"},
    {"TOWLINE_SSH_LISTEN", "SSH_TUNNEL_PORT", "SSH_BIND_IP"},
});

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

// The letters of the longer one that the other lacks, wherever they stand: no fewer edits turn one into the
// other, and it is counted in a twentieth of the time.
std::size_t letters_apart(std::string_view a, std::string_view b) {
  std::array<signed char, 256> left{};  // of `a`
  for (const char c : a) ++left[static_cast<unsigned char>(c)];
  const auto common =
      std::ranges::count_if(b, [&](char c) { return left[static_cast<unsigned char>(c)]-- > 0; });
  return std::max(a.size(), b.size()) - static_cast<std::size_t>(common);
}

bool is_set(const Field& field, const Env& env) {
  return env.get(field.name) || (!field.alias.empty() && env.get(field.alias));
}

bool takes(const Field& field, std::string_view value) {
  Draft draft;
  if (!is_secret(field)) value = trimmed(value);
  return !find_misplaced(field, value) && !field.apply(value, draft);
}

std::optional<std::string_view> translated(const Synonym& synonym, const Env& env,
                                           std::span<const Field> table) {
  const auto value = env.get(synonym.name).value_or("");
  for (const auto ours : {synonym.ours, synonym.otherwise}) {
    const auto row = std::ranges::find(table, ours, &Field::name);
    if (row != table.end() && !is_set(*row, env) && takes(*row, value)) return row->name;
  }
  return std::nullopt;
}

std::string hint_for(std::string_view name, const Env& env, std::span<const Field> table) {
  const auto meant = suggested_name(name, env, table);
  return meant ? "did you mean " + std::string(*meant) + "?" : "`towline help --all` lists them all";
}

void warn_of_pointless(const std::vector<std::string>& names, Findings& findings) {
  if (names.empty()) return;
  const std::string verb = names.size() == 1 ? " has" : " have";
  findings.warn(joined(names), joined(names) + verb + " no meaning in towline and no effect");
}

}  // namespace

bool belongs_to_others(std::string_view name, std::string_view value) {
  if (name == ssh_config_variable || is_in(name, of_a_login) || name.ends_with("_SERVICE_HOST") ||
      ends_like_port_link(name))
    return true;
  if (name.ends_with("_SERVICE_PORT") || name.find("_SERVICE_PORT_") != std::string_view::npos) return true;
  return name.ends_with("_PORT") && is_service_link(value);
}

void judge_names(const Env& env, std::span<const Field> table, bool strict, Findings& findings) {
  std::vector<std::string> ignored;
  for (const auto& [name, value] : env.all()) {
    const bool towlines = name.starts_with("TOWLINE_");
    const bool ours = towlines || name.starts_with("AUTOSSH_") || name.starts_with("SSH_");
    if (!ours || has_row(name, table) || belongs_to_others(name, value)) continue;
    const auto shown = unless_secret(name);
    const auto unknown = shown + " is not a variable of towline";
    if (is_in(name, pointless)) {
      ignored.push_back(name);
    } else if (towlines || strict) {
      findings.refuse(shown, unknown, hint_for(name, env, table));
    } else {
      findings.warn(shown, unknown + " and has no effect; " + hint_for(name, env, table));
    }
  }
  warn_of_pointless(ignored, findings);
}

std::optional<std::string_view> suggested_name(std::string_view name, const Env& env,
                                               std::span<const Field> table) {
  if (name.size() > misspelling_max) return std::nullopt;
  const auto* synonym = std::ranges::find(synonyms, name, &Synonym::name);
  if (synonym != synonyms.end()) return translated(*synonym, env, table);
  std::size_t closest = std::max<std::size_t>(a_slip, name.size() / 3) + 1;
  std::optional<std::string_view> nearest;
  for (const Field& field : table) {
    for (const auto known : {field.name, field.alias}) {
      if (known.empty() || letters_apart(name, known) >= closest) continue;
      const auto distance = edit_distance(name, known);
      if (distance >= closest || is_set(field, env)) continue;
      // Of an obvious slip the value may be wrong as well; its own message will say so.
      if (distance > a_slip && !takes(field, env.get(name).value_or(""))) continue;
      closest = distance;
      nearest = field.name;
    }
  }
  return nearest;
}

}  // namespace towline::config
