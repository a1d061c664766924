#include "supervisor/peer.hpp"

#include "ssh/client/forwarding_rules.hpp"
#include "ssh/client/hops.hpp"
#include "text/braces.hpp"

#include <algorithm>

namespace towline::supervisor {

namespace {

std::string at_key_file(const Peer& peer) {
  const auto& keys = peer.credentials.keys;
  return keys.empty() || keys.front().file.empty() ? "" : " at " + keys.front().file;
}

std::string agent(const Peer& peer) {
  const auto& socket = peer.credentials.agent_socket;
  return socket.empty() ? "SSH_AUTH_SOCK" : "SSH_AUTH_SOCK " + socket;
}

std::string known_hosts(const Peer& peer) {
  const auto& rules = peer.options.host_key;
  if (!rules.known_hosts_files.empty()) return rules.known_hosts_files.front();
  if (!rules.known_hosts_text.empty()) return "SSH_KNOWN_HOSTS";
  if (!rules.fingerprints.empty()) return "SSH_HOST_KEY_FINGERPRINT";
  const bool kept = rules.strict == ssh::StrictHostKeyChecking::accept_new && !rules.accepted_file.empty();
  return kept ? rules.accepted_file + " (and restart)" : "the known_hosts file";
}

struct Brace {
  std::string_view name;
  std::string (*word)(const Peer&);
};

constexpr Brace braces[] = {
    {"server", [](const Peer& p) { return p.name; }},
    {"address", [](const Peer& p) { return net::to_string(p.address); }},
    {"host", [](const Peer& p) { return p.address.host; }},
    {"port", [](const Peer& p) { return std::to_string(p.address.port); }},
    {"there", [](const Peer& p) { return p.there; }},
    {"beyond", [](const Peer& p) { return p.beyond; }},
    {"user", [](const Peer& p) { return p.user; }},
    {"at_key_file", at_key_file},
    {"agent", agent},
    {"known_hosts", known_hosts},
    {"sshd_config", [](const Peer& p) { return p.sshd_config; }},
    {"host_variable", [](const Peer& p) { return p.host_variable; }},
    {"address_variables", [](const Peer& p) { return p.address_variables; }},
    {"user_variable", [](const Peer& p) { return p.user_variable; }},
    {"key_variable", [](const Peer& p) { return p.key_variable; }},
    {"rules_on_opening", [](const Peer&) { return ssh::rules_on_opening; }},
    {"rules_on_listening", [](const Peer&) { return ssh::rules_on_listening; }},
};

}  // namespace

Peer peer_of(const net::HostPort& server, const ssh::Options& options, std::optional<std::size_t> jump_host) {
  if (!jump_host) return {server, options.user, options.credentials, options};
  const auto& hops = options.jump_hosts;
  const auto& [address, user, credentials] = hops[*jump_host];
  const auto name = ssh::jump_host_name(address);
  const auto& next = *jump_host + 1 < hops.size() ? hops[*jump_host + 1].server : server;
  return {.address = address,
          .user = user,
          .credentials = credentials,
          .options = options,
          .name = name,
          .sshd_config = "the sshd_config of " + name,
          .beyond = "that " + net::to_string(next) + " can be reached from " + name +
                    ", where its name is looked up too",
          .there = "on " + name,
          .host_variable = "SSH_JUMP_HOSTS",
          .address_variables = "SSH_JUMP_HOSTS",
          .user_variable = "the user in SSH_JUMP_HOSTS",
          .key_variable = "SSH_JUMP_KEY_FILE",
          .passwords = false};
}

std::string filled(std::string_view sentence, const Peer& peer) {
  return text::filled(sentence, [&peer](std::string_view name) {
    const auto brace = std::ranges::find(braces, name, &Brace::name);
    return brace == std::end(braces) ? "{" + std::string(name) + "}" : brace->word(peer);
  });
}

}  // namespace towline::supervisor
