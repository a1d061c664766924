#include "config/combinations.hpp"

#include "config/endpoint.hpp"
#include "config/exposing.hpp"
#include "config/publish.hpp"
#include "config/without_upstream.hpp"

#include <algorithm>
#include <array>
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

std::string text_of(const endpoint::ListenPlace& place) {
  return place.path.empty() ? net::to_string(place.address) : place.path;
}

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

std::vector<Listener> bound_here(const Config& config) {
  std::vector<Listener> all;
  for (const auto& spec : config.forwards) {
    if (spec.mode == Mode::remote || spec.mode == Mode::expose) continue;
    all.push_back({"SSH_FORWARDS", spec.name, spec.listen, spec.listen_path});
  }
  for (const auto& place : config.endpoint.listen)
    all.push_back({"TOWLINE_SSH_LISTEN", text_of(place), place.address, place.path});
  if (config.expose.http_listen)
    all.push_back({"TOWLINE_HTTP_LISTEN", "HTTP", *config.expose.http_listen, {}});
  if (config.expose.https_listen)
    all.push_back({"TOWLINE_HTTPS_LISTEN", "HTTPS", *config.expose.https_listen, {}});
  if (config.admin.listen) {
    all.push_back({"TOWLINE_ADMIN_LISTEN", "the admin port", *config.admin.listen, {}});
  }
  if (config.control.listen || !config.control.path.empty()) {
    all.push_back({"TOWLINE_CONTROL_LISTEN", "the control port",
                   config.control.listen.value_or(net::HostPort()), config.control.path});
  }
  return all;
}

// Files that the ssh in jnovack's image reads on its own, so that people mount them (/tmp is the home of
// users without one there).
std::vector<std::string> files_of_ssh(const Draft& draft, const InspectFile& inspect) {
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
  return found;
}

bool only_loopback_reaches(const ForwardSpec& spec) {
  return spec.mode != forward::Mode::remote && spec.listen_path.empty() && is_loopback(spec.listen.host);
}

constexpr std::string_view known_hosts_variable = "SSH_KNOWN_HOSTS_FILE";
constexpr std::string_view strict_variable = "SSH_STRICT_HOST_KEY_CHECKING";
constexpr std::string_view apart = "give each an address or a port of its own";

class Combinations {
 public:
  Combinations(const Reading& reading, const InspectFile& inspect, Findings& findings)
      : reading_(reading),
        draft_(reading.draft),
        config_(reading.draft.config),
        inspect_(inspect),
        findings_(findings) {}

  void check(const Env& env) {
    if (has_upstream(draft_)) {
      of_upstream();
    } else {
      check_without_upstream(reading_, findings_);
    }
    forwards();
    local_listeners();
    remote_listeners();
    numbers();
    check_endpoint(env, reading_, findings_);
    check_exposing(reading_, findings_);
    check_publish(env, reading_, findings_);
    of_other_programs(env);
  }

 private:
  void of_upstream() {
    keys();
    if (draft_.host_keys_settled) host_keys();
    main_forward();
    session();
  }

  bool is_written(std::string_view name) const { return reading_.is_written(name); }

  void warn(bool holds, std::string_view variable, std::string text) {
    if (holds) findings_.warn(variable, std::move(text));
  }

  void refuse(bool holds, std::string_view variable, std::string wrong, std::string right) {
    if (holds) findings_.refuse(variable, std::move(wrong), std::move(right));
  }

  void keys() {
    const auto& ours = config_.ssh.credentials;
    const auto& agent = ours.agent_socket;
    const bool has_password = static_cast<bool>(ours.password);
    const bool no_agent = !agent.empty() && inspect_(agent).kind == FileKind::absent;
    warn(no_agent, "SSH_AUTH_SOCK", "there is no agent at " + unless_secret(agent));
    // Some servers ask for none (RFC 4252, 5.2): only the server can say that one is missing.
    const bool refused = findings_.has_problem_with("SSH_KEY_FILE") || findings_.has_problem_with("SSH_KEY");
    const bool nothing = ours.keys.empty() && agent.empty() && !has_password;
    warn(nothing && !refused && !is_written("SSH_KEY_FILE"), "SSH_KEY_FILE",
         "no key or password is configured (nothing at " + draft_.key_file +
             "): only a server that asks for neither lets us in");
    warn(draft_.jump_key_files.size() == 1 && draft_.jump_hosts.empty(), "SSH_JUMP_KEY_FILE",
         "has no effect without SSH_JUMP_HOSTS");
    for (const auto& hop : config_.ssh.jump_hosts) {
      const bool has_key = !hop.credentials.keys.empty() || !hop.credentials.agent_socket.empty();
      warn(!has_key && has_password, "SSH_JUMP_KEY_FILE",
           "there is no key for " + net::to_string(hop.server) +
               ", and passwords are not shown to jump hosts");
    }
  }

  void host_keys() {
    using enum ssh::StrictHostKeyChecking;
    const auto folder = inspect_(draft_.state_dir);
    const bool is_folder = folder.kind == FileKind::directory;
    warn(is_written("TOWLINE_STATE_DIR") && !(is_folder && folder.writable), "TOWLINE_STATE_DIR",
         quoted_value(draft_.state_dir) + ' ' +
             (is_folder ? "cannot be written (" + access_text(folder) + ")"
                        : "is not a folder that we can see") +
             ": nothing is kept in it");
    if (findings_.has_problem_with(known_hosts_variable)) return;
    const auto& options = config_.ssh.host_key;
    const bool none =
        options.known_hosts_files.empty() && options.known_hosts_text.empty() && options.fingerprints.empty();
    const bool null = inspect_(draft_.known_hosts_file).kind == FileKind::null_device;
    refuse(
        none && options.strict == yes, strict_variable,
        null ? "is yes, but SSH_KNOWN_HOSTS_FILE is /dev/null" : "is yes, but there is no known_hosts file",
        "mount a known_hosts file, set SSH_HOST_KEY_FINGERPRINT or write accept-new");
    const auto& file = options.accepted_file;
    warn(none && options.strict == accept_new, known_hosts_variable,
         "no known host keys: the first key the server shows is trusted " +
             (file.empty() ? "until towline ends" : "and kept in " + printable(file)));
    warn(options.strict == no, draft_.strict_host_key_checking ? strict_variable : known_hosts_variable,
         "host keys are not checked: anyone on the way can pose as the server");
  }

  void main_forward() {
    const auto& spec = draft_.main;
    const auto mode = draft_.mode.mode;
    const bool exists = has_main_forward(reading_);
    const bool port = is_written("SSH_TUNNEL_PORT");
    for (const auto* name : {"SSH_BIND_IP", "SSH_TUNNEL_NAME"})
      warn(!exists && is_written(name), name,
           "has no effect: SSH_FORWARDS is set, and no SSH_MODE beside it");
    refuse(
        draft_.mode.listen && (is_written("SSH_BIND_IP") || port), "SSH_MODE",
        "holds an address, and so do SSH_BIND_IP or SSH_TUNNEL_PORT",
        std::string("write only ") + (mode == Mode::share ? "-S" : "-D") + ", and the address in those two");
    const bool path = exists && !spec.listen_path.empty();
    refuse(
        path && mode != Mode::local && mode != Mode::share, "SSH_BIND_IP",
        "is the path of a unix socket, which only -L and -S take",
        "write an address, or in SSH_FORWARDS -R " + spec.listen_path + ':' + net::to_string(spec.connect));
    warn(path && port, "SSH_TUNNEL_PORT", "has no effect: SSH_BIND_IP is a unix socket");
    for (const auto* name : {"SSH_TARGET_HOST", "SSH_TARGET_PORT"}) {
      constexpr const char* who = ": the client names the target";
      warn(exists && mode == Mode::dynamic && is_written(name), name,
           std::string("has no effect with -D") + who);
      warn(exists && mode == Mode::share && is_written(name), name,
           std::string("has no effect with -S") + who);
    }
    const bool probed = std::ranges::any_of(config_.forwards, [](const auto& each) { return !!each.probe; });
    warn(!probed && is_written("SSH_PROBE_INTERVAL"), "SSH_PROBE_INTERVAL",
         "has no effect: no forward is probed");
  }

  void session() {
    if (const auto& poll = draft_.autossh_poll) {
      const auto* decides = reading_.find("TOWLINE_BACKOFF_MAX");
      warn(true, "AUTOSSH_POLL",
           decides && decides->source == Source::alias
               ? "sets the longest pause between two attempts to " + std::to_string(poll->count()) +
                     "s, as TOWLINE_BACKOFF_MAX does"
               : "has no effect: TOWLINE_BACKOFF_MAX is set");
    }
    warn(config_.reconnect.max_start == 0, "AUTOSSH_MAXSTART",
         "is 0: towline ends without an attempt; -1 is no limit");
    warn(config_.ssh.keepalive.count_max == 0, "SSH_SERVER_ALIVE_COUNT_MAX",
         "is 0: a server that falls silent is never declared dead");
  }

  void forwards() {
    refuse(config_.forwards.empty() && draft_.forwards.complaints.empty(), "SSH_FORWARDS", "holds no forward",
           "write for example -L 8080:localhost:80, or leave it out");
    std::set<std::string_view> names;
    for (const auto& spec : config_.forwards) {
      refuse(!names.insert(spec.name).second, "SSH_FORWARDS",
             "two forwards have the name " + quoted_value(spec.name),
             "give each forward a name of its own; that of SSH_MODE is SSH_TUNNEL_NAME");
    }
  }

  void local_listeners() {
    const auto all = bound_here(config_);
    for (auto later = all.begin(); later != all.end(); ++later) {
      const auto taken = [&](const Listener& other) { return collide(other, *later); };
      const auto earlier = std::find_if(all.begin(), later, taken);
      refuse(earlier != later, later->variable, later->name + " listens where " + earlier->name + " does",
             std::string(apart));
    }
  }

  // What a server makes of names and wildcards is its own affair: only the same words are the same address.
  void remote_listeners() {
    std::set<std::pair<net::HostPort, std::string>> seen;
    for (const auto& spec : config_.forwards) {
      const bool any_port = spec.listen_path.empty() && spec.listen.port == 0;
      if (spec.mode != Mode::remote || any_port) continue;
      refuse(!seen.emplace(spec.listen, spec.listen_path).second, "SSH_FORWARDS",
             spec.name + " listens on the server where another forward does", std::string(apart));
    }
  }

  void numbers() {
    const auto& all = config_.forwards;
    const auto& ready = config_.ready;
    const bool shares = std::ranges::any_of(all, [](const auto& spec) { return spec.mode != Mode::remote; });
    warn(config_.pool.connections > 1 && !shares, "SSH_CONNECTIONS",
         "has no effect without a local or dynamic forward: -R lives on the first session");
    const auto required = static_cast<std::size_t>(std::ranges::count_if(all, &ForwardSpec::required));
    warn(ready.rule == observe::ReadyPolicy::Rule::at_least && ready.count > required, "TOWLINE_READY_POLICY",
         "asks for more forwards than the " + std::to_string(required) +
             " required ones there are: all of them must be up");
    const bool logged = config_.log.log_level >= observe::Level::info;
    warn(!logged && std::ranges::any_of(all, &ForwardSpec::access_log), "TOWLINE_ACCESS_LOG",
         "has no effect at this TOWLINE_LOG_LEVEL: connections are logged at info");
  }

  void of_other_programs(const Env& env) {
    warn(!draft_.mode.ignored.empty(), "SSH_MODE", draft_.mode.ignored + " has no effect in towline");
    warn(draft_.strict_host_ip_check.has_value(), "SSH_STRICT_HOST_IP_CHECK",
         "has no effect; it does not disable host key checking");
    const auto files = files_of_ssh(draft_, inspect_);
    warn(!files.empty(), "SSH_KEY_FILE, SSH_KNOWN_HOSTS_FILE, SSH_OPTIONS",
         "towline reads only what its variables name, and not " + joined(files));
    // "github" writes to files that another variable names, which only a step of GitHub Actions has.
    const bool github = config_.app.port_file == "github";
    warn(github && !env.get("GITHUB_OUTPUT") && !env.get("GITHUB_ENV"), "TOWLINE_PORT_FILE",
         "is github, but neither GITHUB_OUTPUT nor GITHUB_ENV is set: nothing is written");
  }

  const Reading& reading_;
  const Draft& draft_;
  const Config& config_;
  const InspectFile& inspect_;
  Findings& findings_;
};

}  // namespace

void check_written(const Reading& reading, std::span<const Field> table, Findings& findings) {
  for (const Field& field : table) {
    if (!field.file_of.empty() && reading.is_written(field.name) && reading.is_written(field.file_of))
      findings.refuse(field.file_of, "is set, and so is " + std::string(field.name), "keep one of them");
  }
  const auto& draft = reading.draft;
  const auto port = draft.server_port;
  const auto named = draft.servers.size() == 1 ? draft.servers[0].port.value_or(port) : port;
  if (named != port && reading.is_written("SSH_REMOTE_PORT"))
    findings.refuse(
        "SSH_REMOTE_PORT",
        "is " + std::to_string(port) + ", but SSH_REMOTE_HOST names port " + std::to_string(named),
        "keep one of them");
  const auto keys = draft.jump_key_files.size();
  const auto hosts = draft.jump_hosts.size();
  if (keys > 1 && keys != hosts)
    findings.refuse("SSH_JUMP_KEY_FILE",
                    "holds " + std::to_string(keys) + " paths for " + std::to_string(hosts) + " jump hosts",
                    "write one path for all of them, or one for each in their order");
}

void check_combinations(const Env& env, const Reading& reading, const InspectFile& inspect,
                        Findings& findings) {
  Combinations(reading, inspect, findings).check(env);
}

bool has_main_forward(const Reading& reading) {
  constexpr std::array asks = {"SSH_MODE", "SSH_TUNNEL_PORT", "SSH_TARGET_HOST", "SSH_TARGET_PORT"};
  const auto is_written = [&](const char* name) { return reading.is_written(name); };
  return !is_written("SSH_FORWARDS") || std::ranges::any_of(asks, is_written);
}

std::string_view listen_variable(const Draft& draft, std::size_t forward) {
  if (!has_upstream(draft)) return "TOWLINE_SSH_LISTEN";
  const bool listed =
      forward + draft.forwards.forwards.size() >= draft.config.forwards.size();  // they stand last
  if (listed) return "SSH_FORWARDS";
  return draft.mode.listen ? "SSH_MODE" : "SSH_BIND_IP";
}

std::vector<Warning> loopback_only(const Draft& draft) {
  std::vector<Warning> warnings;
  const auto& forwards = draft.config.forwards;
  for (std::size_t i = 0; i < forwards.size(); ++i) {
    if (!only_loopback_reaches(forwards[i])) continue;
    auto open = forwards[i];
    open.listen.host = open.listen.host == "::1" ? "::" : "0.0.0.0";
    const std::string variable(listen_variable(draft, i));
    std::string remedy = "set SSH_BIND_IP=" + open.listen.host;
    if (variable == "SSH_FORWARDS") remedy = "write " + spec_text(open);
    if (variable == "TOWLINE_SSH_LISTEN") remedy = "write " + net::to_string(open.listen);
    if (variable == "SSH_MODE") remedy = "set SSH_MODE=\"" + spec_text(open) + '"';
    if (is_endpoint(open) && draft.config.endpoint.ssh.login.none)
      remedy += ", and TOWLINE_AUTHORIZED_KEYS_FILE for who may log in";
    warnings.push_back({variable, "only this container can reach " + net::to_string(forwards[i].listen) +
                                      "; for others " + remedy});
  }
  return warnings;
}

}  // namespace towline::config
