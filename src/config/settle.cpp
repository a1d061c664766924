#include "config/settle.hpp"

#include "config/addresses.hpp"
#include "config/checks.hpp"
#include "config/conflicts.hpp"
#include "config/path_text.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <optional>
#include <string>
#include <utility>

namespace towline::config {

namespace {

void append(Findings& findings, Findings more) {
  std::ranges::move(more.problems, std::back_inserter(findings.problems));
  std::ranges::move(more.warnings, std::back_inserter(findings.warnings));
}

// X and X_FILE: one of them at most, and the file must be readable. The known_hosts file has rules of its
// own.
void check_content_files(const Reading& reading, std::span<const Field> table, const InspectFile& inspect,
                         Findings& findings) {
  for (const Field& field : table) {
    if (field.file_of.empty() || !reading.is_written(field.name)) continue;
    if (reading.is_written(field.file_of)) {
      findings.problems.push_back({ProblemKind::configuration, std::string(field.file_of),
                                   "is set, and so is " + std::string(field.name), "keep one of them"});
    }
    if (field.name == "SSH_KNOWN_HOSTS_FILE" || findings.has_problem_with(field.name)) continue;
    const auto setting = std::ranges::find(reading.settings, field.name, &Setting::name);
    append(findings, check_file(field.name, setting->value, inspect));
  }
}

// A file that is still to be written, or an agent that is not there yet, is no problem.
void show_paths(Reading& reading, std::span<const Field> table, const InspectFile& inspect) {
  for (const Field& field : table) {
    if (field.holds != Holds::path || !reading.is_written(field.name)) continue;
    const auto setting = std::ranges::find(reading.settings, field.name, &Setting::name);
    const bool checked = field.name == "SSH_JUMP_KEY_FILE";  // a list, each entry of which exists
    const auto showable = checked ? setting->value : showable_path(setting->value, inspect);
    if (showable != setting->value) reading.show(field.name, showable.empty() ? "(not shown)" : showable);
  }
}

// What X is, as far as it may be shown, where X_FILE is in force.
void show_content_files(Reading& reading, std::span<const Field> table, const Findings& findings) {
  for (const Field& field : table) {
    const auto setting = std::ranges::find(reading.settings, field.name, &Setting::name);
    const bool in_force = !setting->value.empty() && setting->value != "/dev/null";
    if (field.file_of.empty() || !in_force || reading.is_written(field.file_of)) continue;
    if (findings.has_problem_with(field.name)) continue;
    reading.show(field.file_of, "(content of " + setting->value + ")", Source::file);
  }
}

net::HostPort completed(const ServerWords& words, std::uint16_t default_port) {
  return {words.host, words.port.value_or(default_port)};
}

void settle_servers(const Reading& reading, Draft& draft, Findings& findings) {
  auto& config = draft.config;
  const auto port = config.ssh.server.port;
  const bool contradicts = draft.servers.size() == 1 && draft.servers[0].port.value_or(port) != port;
  if (contradicts && reading.is_written("SSH_REMOTE_PORT")) {
    findings.problems.push_back({ProblemKind::configuration, "SSH_REMOTE_PORT",
                                 "is " + std::to_string(port) + ", but SSH_REMOTE_HOST names port " +
                                     std::to_string(*draft.servers[0].port),
                                 "keep one of them"});
  }
  for (const auto& words : draft.servers) config.pool.servers.push_back(completed(words, port));
  if (config.pool.servers.empty()) config.pool.servers.push_back(config.ssh.server);
  config.ssh.server = config.pool.servers.front();
}

// Some servers ask for none (RFC 4252, 5.2): only the server can say that one is missing.
void warn_of_no_key(const std::string& default_file, Findings& findings) {
  findings.warnings.push_back({"SSH_KEY_FILE", "no key or password is configured (nothing at " +
                                                   default_file +
                                                   "): only a server that asks for neither lets us in"});
}

// The key of SSH_KEY or SSH_KEY_FILE goes in front of those from SSH_OPTIONS.
void settle_key(Reading& reading, const InspectFile& inspect, Findings& findings) {
  auto& credentials = reading.draft.config.ssh.credentials;
  const auto& file = reading.draft.key_file;
  const auto put_first = [&](ssh::TextSource key) {
    credentials.keys.insert(credentials.keys.begin(), std::move(key));
  };
  if (!credentials.agent_socket.empty() && inspect(credentials.agent_socket).kind == FileKind::absent) {
    findings.warnings.push_back(
        {"SSH_AUTH_SOCK", "there is no agent at " + unless_secret(credentials.agent_socket)});
  }
  if (reading.draft.key) {
    put_first({.file = {}, .text = reading.draft.key});
    if (!reading.is_written("SSH_KEY_FILE")) reading.show("SSH_KEY_FILE", "", Source::built_in);
    return;
  }
  if (findings.has_problem_with("SSH_KEY_FILE") || findings.has_problem_with("SSH_KEY")) return;
  if (!reading.is_written("SSH_KEY_FILE")) {
    const auto facts = inspect(file);
    if (facts.kind == FileKind::absent) {
      reading.show("SSH_KEY_FILE", "", Source::built_in);
      const bool another_way =
          !credentials.keys.empty() || credentials.password || !credentials.agent_socket.empty();
      if (!another_way) warn_of_no_key(file, findings);
      return;
    }
    append(findings, check_file("SSH_KEY_FILE", file, inspect));
  }
  put_first({.file = file, .text = {}});
}

// A jump host gets our keys, or its own, but never the password that is meant for the server behind it.
void settle_jump_hosts(Draft& draft, const InspectFile& inspect, Findings& findings) {
  auto& ssh = draft.config.ssh;
  const auto& files = draft.jump_key_files;
  if (files.size() > 1 && files.size() != draft.jump_hosts.size()) {
    findings.problems.push_back({ProblemKind::configuration, "SSH_JUMP_KEY_FILE",
                                 "holds " + std::to_string(files.size()) + " paths for " +
                                     std::to_string(draft.jump_hosts.size()) + " jump hosts",
                                 "write one path for all of them, or one for each in their order"});
    return;
  }
  if (!files.empty() && draft.jump_hosts.empty()) {
    findings.warnings.push_back({"SSH_JUMP_KEY_FILE", "has no effect without SSH_JUMP_HOSTS"});
  }
  for (const auto& file : files) append(findings, check_file("SSH_JUMP_KEY_FILE", file, inspect));
  for (std::size_t i = 0; i < draft.jump_hosts.size(); ++i) {
    const auto& words = draft.jump_hosts[i];
    ssh::JumpHost hop{completed(words, 22), words.user.value_or(ssh.user), ssh.credentials};
    hop.credentials.password = {};
    if (!files.empty()) {
      hop.credentials.keys = {{.file = files[files.size() == 1 ? 0 : i], .text = {}}};
      hop.credentials.certificate = {};
    }
    const bool has_key = !hop.credentials.keys.empty() || !hop.credentials.agent_socket.empty();
    if (!has_key && ssh.credentials.password) {
      findings.warnings.push_back({"SSH_JUMP_KEY_FILE", "there is no key for " + net::to_string(hop.server) +
                                                            ", and passwords are not shown to jump hosts"});
    }
    ssh.jump_hosts.push_back(std::move(hop));
  }
}

void settle_host_key(Reading& reading, const InspectFile& inspect, Findings& findings) {
  for (const auto name : {"SSH_KNOWN_HOSTS_FILE", "SSH_KNOWN_HOSTS", "SSH_HOST_KEY_FINGERPRINT",
                          "SSH_STRICT_HOST_KEY_CHECKING", "TOWLINE_STATE_DIR"}) {
    if (findings.has_problem_with(name)) return;
  }
  auto& draft = reading.draft;
  auto& options = draft.config.ssh.host_key;
  HostKeyWish wish{draft.known_hosts_file, reading.is_written("SSH_KNOWN_HOSTS_FILE"),
                   draft.strict_host_key_checking};
  wish.showable = showable_path(wish.path, inspect);
  wish.known_hosts = draft.known_hosts;
  wish.fingerprints = draft.fingerprints;
  wish.further_files = options.known_hosts_files;
  wish.accepted_file = accepted_file_in(draft.state_dir, reading.is_written("TOWLINE_STATE_DIR"),
                                        inspect(draft.state_dir), findings);
  auto choice = choose_host_key_options(wish, inspect(wish.path));
  const bool reads_default = std::ranges::find(choice.options.known_hosts_files, wish.path) !=
                             choice.options.known_hosts_files.end();
  choice.options.alias = std::move(options.alias);
  options = std::move(choice.options);
  append(findings, std::move(choice.findings));
  if (!wish.path_written && !reads_default) reading.show("SSH_KNOWN_HOSTS_FILE", "", Source::built_in);
  if (wish.strict) return;
  for (const auto& [word, value] : strict_host_key_checking_words) {
    if (value == options.strict) reading.show("SSH_STRICT_HOST_KEY_CHECKING", word, Source::built_in);
  }
}

// A unix socket in SSH_BIND_IP.
void settle_listen_path(forward::ForwardSpec& spec, bool port_written, Findings& findings) {
  if (spec.mode != forward::Mode::local) {
    findings.problems.push_back(
        {ProblemKind::configuration, "SSH_BIND_IP", "is the path of a unix socket, which only -L takes",
         "write an address, or in SSH_FORWARDS -R " + spec.listen_path + ':' + net::to_string(spec.connect)});
  }
  if (port_written) {
    findings.warnings.push_back({"SSH_TUNNEL_PORT", "has no effect: SSH_BIND_IP is a unix socket"});
  }
  spec.listen = {};
}

// The forward of SSH_MODE and its kin. Without SSH_FORWARDS there always is one; beside them it has to be
// asked for.
std::optional<forward::ForwardSpec> main_forward(const Reading& reading, Findings& findings) {
  constexpr std::array asks = {"SSH_MODE", "SSH_TUNNEL_PORT", "SSH_TARGET_HOST", "SSH_TARGET_PORT"};
  const auto written = [&](const char* name) { return reading.is_written(name); };
  if (reading.is_written("SSH_FORWARDS") && std::ranges::none_of(asks, written)) {
    for (const char* name : {"SSH_BIND_IP", "SSH_TUNNEL_NAME"}) {
      if (written(name)) {
        findings.warnings.push_back({name, "has no effect: SSH_FORWARDS is set, and no SSH_MODE beside it"});
      }
    }
    return std::nullopt;
  }
  const auto& mode = reading.draft.mode;
  auto spec = reading.draft.main;
  spec.mode = mode.mode;
  if (mode.listen) {
    if (written("SSH_BIND_IP") || written("SSH_TUNNEL_PORT")) {
      findings.problems.push_back({ProblemKind::configuration, "SSH_MODE",
                                   "holds an address, and so do SSH_BIND_IP or SSH_TUNNEL_PORT",
                                   "write only -D, and the address in those two"});
    }
    spec.listen = *mode.listen;
  }
  if (!spec.listen_path.empty()) settle_listen_path(spec, written("SSH_TUNNEL_PORT"), findings);
  if (spec.mode == forward::Mode::dynamic) {
    spec.connect = {};
    spec.probe.reset();
    for (const char* name : {"SSH_TARGET_HOST", "SSH_TARGET_PORT"}) {
      if (written(name))
        findings.warnings.push_back({name, "has no effect with -D: the client names the target"});
    }
  }
  return spec;
}

void settle_probes(Reading& reading, Findings& findings) {
  bool any = false;
  for (auto& spec : reading.draft.config.forwards) {
    if (!spec.probe) continue;
    any = true;
    spec.probe->interval = reading.draft.probe_interval;
  }
  if (!any && reading.is_written("SSH_PROBE_INTERVAL")) {
    findings.warnings.push_back({"SSH_PROBE_INTERVAL", "has no effect: no forward is probed"});
  }
}

void settle_forwards(Reading& reading, Findings& findings) {
  auto& draft = reading.draft;
  auto& forwards = draft.config.forwards;
  for (auto& complaint : draft.forwards.complaints) {
    findings.problems.push_back(
        {ProblemKind::configuration, "SSH_FORWARDS", complaint.wrong, complaint.right});
  }
  if (auto spec = main_forward(reading, findings)) forwards.push_back(*std::move(spec));
  for (const auto& line : draft.forwards.forwards) {
    auto spec = line.spec;
    spec.max_connections = line.max_connections.value_or(draft.main.max_connections);
    spec.idle_timeout = line.idle_timeout.value_or(draft.main.idle_timeout);
    spec.target_timeout = draft.main.target_timeout;
    spec.access_log = draft.main.access_log;
    if (spec.mode != forward::Mode::dynamic) spec.probe = line.probe.value_or(draft.main.probe);
    forwards.push_back(std::move(spec));
  }
  give_names(forwards);
  settle_probes(reading, findings);
  if (forwards.empty() && draft.forwards.complaints.empty()) {
    findings.problems.push_back({ProblemKind::configuration, "SSH_FORWARDS", "holds no forward",
                                 "write for example -L 8080:localhost:80, or leave it out"});
  }
}

std::string_view word_of(observe::Level level) {
  for (const auto& [word, value] : log_level_words) {
    if (value == level) return word;
  }
  return "";
}

// autossh's variables that say the same as one of ours.
void settle_autossh(Reading& reading, Findings& findings) {
  auto& draft = reading.draft;
  if (draft.autossh_poll && reading.is_written("TOWLINE_BACKOFF_MAX")) {
    findings.warnings.push_back({"AUTOSSH_POLL", "has no effect: TOWLINE_BACKOFF_MAX is set"});
  } else if (draft.autossh_poll) {
    draft.config.reconnect.backoff_max = *draft.autossh_poll;
    const auto text = std::to_string(draft.autossh_poll->count()) + 's';
    reading.show("TOWLINE_BACKOFF_MAX", text, Source::alias);
    findings.warnings.push_back({"AUTOSSH_POLL", "sets the longest pause between two attempts to " + text +
                                                     ", as TOWLINE_BACKOFF_MAX does"});
  }
  if (draft.config.reconnect.max_start == 0) {
    findings.warnings.push_back(
        {"AUTOSSH_MAXSTART", "is 0: towline ends without an attempt; -1 is no limit"});
  }
  auto level = draft.autossh_loglevel;
  if (draft.autossh_debug) level = observe::Level::debug;
  if (!level || reading.is_written("TOWLINE_LOG_LEVEL")) return;
  draft.config.log.log_level = *level;
  reading.show("TOWLINE_LOG_LEVEL", word_of(*level), Source::alias);
}

void warn_of_no_effect(const Draft& draft, Findings& findings) {
  if (!draft.mode.ignored.empty()) {
    findings.warnings.push_back({"SSH_MODE", draft.mode.ignored + " has no effect in towline"});
  }
  if (draft.strict_host_ip_check) {
    findings.warnings.push_back(
        {"SSH_STRICT_HOST_IP_CHECK", "has no effect; it does not disable host key checking"});
  }
}

// Files that the ssh in jnovack's image reads on its own, so that people mount them (/tmp is the home of
// users without one there).
void warn_of_files_of_ssh(const Draft& draft, const InspectFile& inspect, Findings& findings) {
  std::vector<std::string> found;
  for (const std::string folder : {"/root/.ssh/", "/tmp/.ssh/"}) {
    for (const auto* name : {"config", "known_hosts", "id_rsa", "id_ecdsa", "id_ed25519"}) {
      const auto path = folder + name;
      const auto& keys = draft.config.ssh.credentials.keys;
      const bool ours = path == draft.known_hosts_file ||
                        std::ranges::any_of(keys, [&](const auto& key) { return key.file == path; });
      if (!ours && inspect(path).kind == FileKind::regular) found.push_back(path);
    }
  }
  // On a machine with ssh, it is ssh's own.
  const bool mounted = inspect("/usr/bin/ssh").kind == FileKind::absent;
  if (mounted && inspect("/etc/ssh/ssh_config").kind == FileKind::regular)
    found.push_back("/etc/ssh/ssh_config");
  if (found.empty()) return;
  findings.warnings.push_back({"SSH_KEY_FILE, SSH_KNOWN_HOSTS_FILE, SSH_OPTIONS",
                               "towline reads only what its variables name, and not " + joined(found)});
}

}  // namespace

void settle(Reading& reading, std::span<const Field> table, const InspectFile& inspect, Findings& findings) {
  auto& draft = reading.draft;
  check_content_files(reading, table, inspect, findings);
  settle_servers(reading, draft, findings);
  settle_addresses(reading, findings);
  settle_key(reading, inspect, findings);
  settle_jump_hosts(draft, inspect, findings);
  settle_host_key(reading, inspect, findings);
  settle_forwards(reading, findings);
  settle_autossh(reading, findings);
  append(findings, check_keepalive(draft.config.ssh.keepalive));
  append(findings, check_conflicts(draft.config));
  warn_of_no_effect(draft, findings);
  warn_of_files_of_ssh(draft, inspect, findings);
  show_paths(reading, table, inspect);
  show_content_files(reading, table, findings);
}

}  // namespace towline::config
