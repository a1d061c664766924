#include "config/settle.hpp"

#include "config/addresses.hpp"
#include "config/combinations.hpp"
#include "config/endpoint.hpp"
#include "config/exposing.hpp"
#include "config/path_text.hpp"
#include "config/publish.hpp"
#include "config/without_upstream.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace towline::config {

namespace {

// Some have rules of their own: what may be missing, a list, a folder.
bool has_own_rules(std::string_view name) {
  return name == "SSH_KNOWN_HOSTS_FILE" || name == "TOWLINE_HOST_KEY_FILE" ||
         name == "TOWLINE_HOST_CERTIFICATE_FILE" || name == "TOWLINE_AUTHORIZED_KEYS_FILE";
}

void check_content_files(const Reading& reading, std::span<const Field> table, const InspectFile& inspect,
                         Findings& findings) {
  for (const Field& field : table) {
    if (field.file_of.empty() || !reading.is_written(field.name)) continue;
    if (has_own_rules(field.name) || findings.has_problem_with(field.name)) continue;
    check_file(field.name, reading.find(field.name)->value, inspect, findings);
  }
}

// A file that is still to be written, or an agent that is not there yet, is no problem.
void show_paths(Reading& reading, std::span<const Field> table, const InspectFile& inspect) {
  for (const Field& field : table) {
    if (field.holds != Holds::path || !reading.is_written(field.name)) continue;
    const auto* setting = reading.find(field.name);
    // Lists, each entry of which exists.
    const bool checked = field.name == "SSH_JUMP_KEY_FILE" || field.name == "TOWLINE_HOST_KEY_FILE" ||
                         field.name == "TOWLINE_HOST_CERTIFICATE_FILE";
    const auto showable = checked ? setting->value : showable_path(setting->value, inspect);
    if (showable != setting->value) reading.show(field.name, showable.empty() ? "(not shown)" : showable);
  }
}

// What X is, as far as it may be shown, where X_FILE is in force.
void show_content_files(Reading& reading, std::span<const Field> table, const Findings& findings) {
  for (const Field& field : table) {
    const auto* setting = reading.find(field.name);
    const bool in_force = !setting->value.empty() && setting->value != "/dev/null";
    if (field.file_of.empty() || !in_force || reading.is_written(field.file_of)) continue;
    if (findings.has_problem_with(field.name)) continue;
    reading.show(field.file_of, "(content of " + setting->value + ")", Source::file);
  }
}

net::HostPort completed(const ServerWords& words, std::uint16_t default_port) {
  return {words.host, words.port.value_or(default_port)};
}

void settle_servers(Draft& draft) {
  auto& config = draft.config;
  const auto port = draft.server_port;
  for (const auto& words : draft.servers) config.pool.servers.push_back(completed(words, port));
}

// The key of SSH_KEY or SSH_KEY_FILE goes in front of those from SSH_OPTIONS. The default file may be
// missing.
void settle_key(Reading& reading, const InspectFile& inspect, Findings& findings) {
  auto& keys = reading.draft.config.ssh.credentials.keys;
  const auto& file = reading.draft.key_file;
  const bool file_written = reading.is_written("SSH_KEY_FILE");
  if (reading.draft.key) {
    keys.insert(keys.begin(), {.file = {}, .text = reading.draft.key});
    if (!file_written) reading.show("SSH_KEY_FILE", "", Source::built_in);
    return;
  }
  if (findings.has_problem_with("SSH_KEY_FILE") || findings.has_problem_with("SSH_KEY")) return;
  if (!file_written && inspect(file).kind == FileKind::absent) {
    reading.show("SSH_KEY_FILE", "", Source::built_in);
    return;
  }
  if (!file_written) check_file("SSH_KEY_FILE", file, inspect, findings);
  keys.insert(keys.begin(), {.file = file, .text = {}});
}

// A jump host gets our keys, or its own, but never the password that is meant for the server behind it.
void settle_jump_hosts(Draft& draft, const InspectFile& inspect, Findings& findings) {
  auto& ssh = draft.config.ssh;
  const auto& files = draft.jump_key_files;
  if (!files.empty() && findings.has_problem_with("SSH_JUMP_KEY_FILE")) return;
  for (const auto& file : files) check_file("SSH_JUMP_KEY_FILE", file, inspect, findings);
  for (std::size_t i = 0; i < draft.jump_hosts.size(); ++i) {
    const auto& words = draft.jump_hosts[i];
    ssh::JumpHost hop{completed(words, 22), words.user.value_or(ssh.user), ssh.credentials};
    hop.credentials.password = {};
    if (!files.empty()) {
      hop.credentials.keys = {{.file = files[files.size() == 1 ? 0 : i], .text = {}}};
      hop.credentials.certificate = {};
    }
    ssh.jump_hosts.push_back(std::move(hop));
  }
}

// Known keys or fingerprints mean strict checking, /dev/null none, nothing accept-new; the explicit word wins
// where it can be kept.
void choose_host_keys(const Reading& reading, const InspectFile& inspect, ssh::HostKeyOptions& options,
                      Findings& findings) {
  using enum ssh::StrictHostKeyChecking;
  const auto& draft = reading.draft;
  const auto& path = draft.known_hosts_file;
  const auto kind = inspect(path).kind;
  const bool inline_keys = !options.known_hosts_text.empty();
  const bool pinned = inline_keys || !options.fingerprints.empty() || !options.known_hosts_files.empty();
  const bool has_file =
      !inline_keys && (kind != FileKind::absent || reading.is_written("SSH_KNOWN_HOSTS_FILE"));
  auto unless_said = pinned ? yes : accept_new;
  if (has_file && kind == FileKind::null_device) {
    if (!pinned) unless_said = no;
  } else if (has_file) {
    if (!check_file("SSH_KNOWN_HOSTS_FILE", path, inspect, findings)) return;
    options.known_hosts_files.insert(options.known_hosts_files.begin(), path);
    unless_said = yes;
  }
  options.strict = draft.strict_host_key_checking.value_or(unless_said);
  const auto folder = inspect(draft.state_dir);
  const bool kept = folder.kind == FileKind::directory && folder.writable;
  if (kept && options.strict == accept_new) options.accepted_file = draft.state_dir + "/known_hosts";
}

void settle_host_key(Reading& reading, const InspectFile& inspect, Findings& findings) {
  for (const auto name : {"SSH_KNOWN_HOSTS_FILE", "SSH_KNOWN_HOSTS", "SSH_HOST_KEY_FINGERPRINT",
                          "SSH_STRICT_HOST_KEY_CHECKING", "TOWLINE_STATE_DIR"}) {
    if (findings.has_problem_with(name)) return;
  }
  auto& draft = reading.draft;
  auto& options = draft.config.ssh.host_key;
  draft.host_keys_settled = true;
  choose_host_keys(reading, inspect, options, findings);
  const auto& files = options.known_hosts_files;
  const bool reads_it = std::ranges::find(files, draft.known_hosts_file) != files.end();
  if (!reads_it && !reading.is_written("SSH_KNOWN_HOSTS_FILE"))
    reading.show("SSH_KNOWN_HOSTS_FILE", "", Source::built_in);
  if (draft.strict_host_key_checking) return;
  for (const auto& [word, value] : strict_host_key_checking_words) {
    if (value == options.strict) reading.show("SSH_STRICT_HOST_KEY_CHECKING", word, Source::built_in);
  }
}

constexpr std::uint16_t share_port = 2222;

// Clients of -D and -S name their targets themselves, and those of -S stay as long as they like.
void leave_out(forward::ForwardSpec& spec) {
  using forward::Mode;
  if (is_endpoint(spec)) spec.idle_timeout = {};
  if (!is_endpoint(spec) && spec.mode != Mode::dynamic) return;
  spec.connect = {};
  spec.probe.reset();
}

// The public entrance, by the first of its addresses.
forward::ForwardSpec entrance(Reading& reading) {
  const auto& draft = reading.draft;
  auto spec = draft.main;
  spec.mode = forward::Mode::expose;
  if (!reading.is_written("SSH_TUNNEL_NAME")) {
    spec.name = forward::to_string(spec.mode);
    reading.show("SSH_TUNNEL_NAME", spec.name);
  }
  const auto& all = draft.config.endpoint.listen;
  const auto first = all.empty() ? endpoint::ListenPlace() : all.front();
  spec.listen = first.address;
  spec.listen_path = first.path;
  leave_out(spec);
  return spec;
}

// The forward of SSH_MODE and its kin.
forward::ForwardSpec main_forward(Reading& reading) {
  const auto& draft = reading.draft;
  auto spec = draft.main;
  spec.mode = draft.mode.mode;
  const bool port_unset =
      !draft.mode.listen && spec.listen_path.empty() && !reading.is_written("SSH_TUNNEL_PORT");
  if (spec.mode == forward::Mode::share && port_unset) {
    spec.listen.port = share_port;
    reading.show("SSH_TUNNEL_PORT", std::to_string(share_port));
  }
  if (draft.mode.listen) spec.listen = *draft.mode.listen;
  if (!spec.listen_path.empty()) spec.listen = {};
  leave_out(spec);
  return spec;
}

void settle_forwards(Reading& reading, Findings& findings) {
  auto& draft = reading.draft;
  auto& forwards = draft.config.forwards;
  for (const auto& [wrong, right] : draft.forwards.complaints) findings.refuse("SSH_FORWARDS", wrong, right);
  if (draft.mode.mode == forward::Mode::expose) {
    forwards.push_back(entrance(reading));
    return;
  }
  if (has_main_forward(reading)) forwards.push_back(main_forward(reading));
  for (const auto& line : draft.forwards.forwards) {
    auto spec = line.spec;
    spec.max_connections = line.max_connections.value_or(draft.main.max_connections);
    spec.idle_timeout = line.idle_timeout.value_or(draft.main.idle_timeout);
    spec.target_timeout = draft.main.target_timeout;
    spec.access_log = draft.main.access_log;
    spec.stream_local = draft.main.stream_local;
    if (line.obeys_gateway_ports && draft.gateway_ports) spec.listen.host = "";
    spec.probe = line.probe.value_or(draft.main.probe);
    leave_out(spec);
    forwards.push_back(std::move(spec));
  }
  give_names(forwards);
  for (auto& spec : forwards) {
    if (spec.probe) spec.probe->interval = draft.probe_interval;
  }
}

// autossh's variables that say the same as one of ours.
void settle_autossh(Reading& reading) {
  auto& draft = reading.draft;
  if (draft.autossh_poll && !reading.is_written("TOWLINE_BACKOFF_MAX")) {
    draft.config.reconnect.backoff_max = *draft.autossh_poll;
    reading.show("TOWLINE_BACKOFF_MAX", std::to_string(draft.autossh_poll->count()) + 's', Source::alias);
  }
  auto level = draft.autossh_loglevel;
  if (draft.autossh_debug) level = observe::Level::debug;
  if (!level || reading.is_written("TOWLINE_LOG_LEVEL")) return;
  draft.config.log.log_level = *level;
  reading.show("TOWLINE_LOG_LEVEL", to_string(*level), Source::alias);
}

}  // namespace

void settle(Reading& reading, std::span<const Field> table, const InspectFile& inspect, Findings& findings) {
  auto& draft = reading.draft;
  check_content_files(reading, table, inspect, findings);
  settle_servers(draft);
  settle_addresses(reading, findings);
  if (has_upstream(draft)) {
    settle_key(reading, inspect, findings);
    settle_jump_hosts(draft, inspect, findings);
    settle_host_key(reading, inspect, findings);
  }
  settle_forwards(reading, findings);
  settle_publish(reading);
  settle_endpoint(reading, inspect, findings);
  settle_exposing(reading, inspect, findings);
  settle_autossh(reading);
  settle_without_upstream(reading);
  show_paths(reading, table, inspect);
  show_content_files(reading, table, findings);
}

}  // namespace towline::config
