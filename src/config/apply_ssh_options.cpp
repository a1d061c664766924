#include "config/apply_ssh_options.hpp"

#include "config/checks.hpp"
#include "config/path_text.hpp"

#include <algorithm>
#include <iterator>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace towline::config {

namespace {

constexpr const char* ssh_options_variable = "SSH_OPTIONS";

class Applying {
 public:
  Applying(const SshOptions& options, Reading& reading, const InspectFile& inspect, Findings& findings)
      : options_(options),
        settings_(options.settings),
        reading_(reading),
        inspect_(inspect),
        findings_(findings),
        outranked_(options.outranked),
        shown_(options.shown) {}

  void apply() {
    connection();
    credentials();
    known_hosts();
    forwards();
    log_level();
    report();
    reading_.show(ssh_options_variable, shown_);
  }

 private:
  Draft& draft() { return reading_.draft; }
  ssh::Options& ssh() { return reading_.draft.config.ssh; }

  void warn(std::string text) { findings_.warnings.push_back({ssh_options_variable, std::move(text)}); }

  // Whether one of these variables is set, so that `option` has no say.
  bool loses(const std::string& option, const std::vector<std::string>& variables) {
    for (const auto& name : variables) {
      if (!reading_.is_written(name)) continue;
      outranked_.push_back({option, name});
      return true;
    }
    return false;
  }

  // A file that is not there counts for nothing, as for ssh; one that cannot be read is a problem.
  bool exists(const std::string& option, const std::string& path) {
    const auto facts = inspect_(path);
    if (facts.kind == FileKind::absent) {
      const auto showable = showable_path(path, inspect_);
      warn(option + ": there is no " + (showable.empty() ? "such file" : printable(showable)));
      if (showable != path) hide(path);
      return false;
    }
    auto found = check_file(ssh_options_variable, path, inspect_);
    std::ranges::move(found.problems, std::back_inserter(findings_.problems));
    return found.problems.empty();
  }

  // What is no path may be a password.
  void hide(const std::string& text) {
    for (auto at = shown_.find(text); at != std::string::npos; at = shown_.find(text, at + 3))
      shown_.replace(at, text.size(), "***");
  }

  void connection() {
    if (settings_.host_name) {
      warn("HostName: the server is " + *settings_.host_name + ", whatever SSH_REMOTE_HOST says");
      ServerWords server{.user = {}, .host = *settings_.host_name, .port = {}};
      if (draft().servers.size() == 1) server.port = draft().servers.front().port;
      draft().servers = {std::move(server)};
      reading_.show("SSH_REMOTE_HOST", *settings_.host_name, Source::ssh_options);
    }
    ssh().host_key.alias = settings_.host_key_alias.value_or("");
    if (settings_.connect_timeout && !loses("ConnectTimeout", {"SSH_CONNECT_TIMEOUT"})) {
      ssh().connect_timeout = *settings_.connect_timeout;
      reading_.show("SSH_CONNECT_TIMEOUT", std::to_string(settings_.connect_timeout->count()) + 's',
                    Source::ssh_options);
    }
    if (settings_.jump_hosts && !loses("ProxyJump", {"SSH_JUMP_HOSTS"}))
      draft().jump_hosts = *settings_.jump_hosts;
    auto& socket = ssh().socket;
    socket.family = settings_.family.value_or(socket.family);
    socket.bind_address = settings_.bind_address.value_or("");
    socket.bind_interface = settings_.bind_interface.value_or("");
    socket.tcp_keepalive = settings_.tcp_keepalive.value_or(socket.tcp_keepalive);
    ssh().algorithms = settings_.algorithms;
    if (const auto& names = settings_.unavailable_algorithms; !names.empty()) {
      warn("not available and left out: " + joined(names));
    }
  }

  void credentials() {
    auto& credentials = ssh().credentials;
    for (const auto& path : settings_.identity_files) {
      if (exists("IdentityFile", path)) credentials.keys.push_back({.file = path, .text = {}});
    }
    certificate();
    if (settings_.identity_agent && !loses("IdentityAgent", {"SSH_AUTH_SOCK"})) {
      credentials.agent_socket = *settings_.identity_agent;
    }
    credentials.identities_only = settings_.identities_only.value_or(false);
    credentials.publickey = settings_.publickey.value_or(true);
    credentials.password_method = settings_.password.value_or(true);
    credentials.keyboard_interactive = settings_.keyboard_interactive.value_or(true);
    if (const auto& preferred = settings_.preferred_authentications) {
      const auto lists = [&](const char* method) {
        return std::ranges::find(*preferred, method) != preferred->end();
      };
      credentials.publickey &= lists("publickey");
      credentials.password_method &= lists("password");
      credentials.keyboard_interactive &= lists("keyboard-interactive");
    }
  }

  void certificate() {
    if (settings_.certificate_files.empty()) return;
    if (loses("CertificateFile", {"SSH_CERTIFICATE", "SSH_CERTIFICATE_FILE"})) return;
    const auto& path = settings_.certificate_files.front();
    if (exists("CertificateFile", path)) ssh().credentials.certificate = {.file = path, .text = {}};
    if (settings_.certificate_files.size() > 1) warn("CertificateFile: only the first is used");
  }

  // As in jnovack/autossh, a known_hosts file that is there wins over one that is named here.
  void known_hosts() {
    auto& files = ssh().host_key.known_hosts_files;
    for (const auto& path : settings_.global_known_hosts_files) {
      if (inspect_(path).kind == FileKind::null_device) continue;
      if (exists("GlobalKnownHostsFile", path)) files.push_back(path);
    }
    if (!settings_.user_known_hosts_files) return;
    if (loses("UserKnownHostsFile",
              {"SSH_KNOWN_HOSTS_FILE", "SSH_KNOWN_HOSTS", "SSH_HOST_KEY_FINGERPRINT"})) {
      return;
    }
    if (inspect_(draft().known_hosts_file).kind != FileKind::absent) {
      outranked_.push_back({"UserKnownHostsFile", draft().known_hosts_file});
      return;
    }
    for (const auto& path : *settings_.user_known_hosts_files) {
      const bool unchecked = inspect_(path).kind == FileKind::null_device;
      if (!unchecked && !exists("UserKnownHostsFile", path)) continue;
      // The first decides about strictness, as SSH_KNOWN_HOSTS_FILE would.
      if (std::exchange(first_known_hosts_, false)) {
        draft().known_hosts_file = path;
        reading_.show("SSH_KNOWN_HOSTS_FILE", path, Source::ssh_options);
      } else if (!unchecked) {
        files.push_back(path);
      }
    }
  }

  void forwards() {
    forward::StreamLocalOptions local;
    local.bind_unlink = settings_.stream_local_bind_unlink.value_or(local.bind_unlink);
    local.bind_mask = settings_.stream_local_bind_mask.value_or(local.bind_mask);
    draft().main.stream_local = local;
    for (auto& line : draft().forwards.forwards) line.spec.stream_local = local;
    for (auto [spec, names_an_address] : settings_.forwards) {
      spec.stream_local = local;
      const bool open_to_all = settings_.gateway_ports.value_or(false) && !names_an_address;
      if (open_to_all && spec.mode != forward::Mode::remote) spec.listen.host = "";
      draft().forwards.forwards.push_back(
          {.spec = std::move(spec), .max_connections = {}, .idle_timeout = {}, .probe = {}});
    }
  }

  void log_level() {
    if (!settings_.log_level && settings_.verbose == 0) return;
    if (loses(settings_.log_level ? "LogLevel" : "-v", {"TOWLINE_LOG_LEVEL"})) return;
    const auto verbose = settings_.verbose > 1 ? observe::Level::trace : observe::Level::debug;
    const auto level = settings_.log_level.value_or(verbose);
    draft().config.log.log_level = level;
    for (const auto& [word, value] : log_level_words) {
      if (value == level) reading_.show("TOWLINE_LOG_LEVEL", word, Source::ssh_options);
    }
  }

  void report() {
    for (const auto& complaint : options_.complaints) {
      findings_.problems.push_back(
          {ProblemKind::configuration, ssh_options_variable, complaint.wrong, complaint.right});
    }
    if (options_.quotes_stripped) {
      warn(
          "the quotation marks around the whole value were taken off; the image jnovack/autossh ignored "
          "every option of such a value");
    }
    if (!outranked_.empty()) {
      std::string text;
      for (const auto& [option, decides] : outranked_) {
        if (!text.empty()) text += ", ";
        text.append(option).append(" (").append(decides).append(" decides)");
      }
      warn("without effect: " + text);
    }
    if (!options_.ignored.empty()) warn("without a meaning in towline: " + joined(options_.ignored));
  }

  const SshOptions& options_;
  const SshOptionSettings& settings_;
  Reading& reading_;
  const InspectFile& inspect_;
  Findings& findings_;
  std::vector<OutrankedOption> outranked_;
  std::string shown_;
  bool first_known_hosts_ = true;
};

}  // namespace

void apply_ssh_options(const SshOptions& options, Reading& reading, const InspectFile& inspect,
                       Findings& findings) {
  Applying(options, reading, inspect, findings).apply();
}

}  // namespace towline::config
