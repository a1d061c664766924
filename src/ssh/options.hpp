// What an SSH session needs to know. Plain values with OpenSSH's names and defaults; config/ fills them.
#pragma once

#include "net/host_port.hpp"
#include "net/options.hpp"
#include "ssh/text_source.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace towline::ssh {

// OpenSSH's ServerAliveInterval and ServerAliveCountMax.
struct KeepaliveOptions {
  std::chrono::milliseconds interval{10'000};  // 0 = off
  int count_max = 3;                           // 0 = warn, never declare dead
};

enum class StrictHostKeyChecking { yes, accept_new, no };

struct HostKeyOptions {
  std::vector<std::string> known_hosts_files;  // read anew for every session; all of them count
  std::string known_hosts_text{};              // in known_hosts form, beside the files
  std::vector<std::string> fingerprints;       // "SHA256:…": one of them is enough
  std::string accepted_file;  // keys accepted on first use are kept here too; empty: for this process only
  std::string alias;          // HostKeyAlias: looked up instead of the server's name; empty: none
  StrictHostKeyChecking strict = StrictHostKeyChecking::accept_new;
};

// How we prove who we are. Tried in this order: certificate, keys, agent, keyboard-interactive, password.
struct Credentials {
  std::vector<TextSource> keys{};
  TextSource passphrase{};  // of the keys
  TextSource certificate{};
  TextSource password{};
  std::string agent_socket{};    // SSH_AUTH_SOCK; empty: no agent
  bool identities_only = false;  // IdentitiesOnly: of the agent's keys only those that are in `keys` too
  bool publickey = true;         // PubkeyAuthentication
  bool keyboard_interactive = true;
  bool password_method = true;  // PasswordAuthentication
};

// Lists as in ssh_config(5), with its "+", "-" and "^" in front; empty: our own (transport/algorithms.hpp).
struct AlgorithmOptions {
  std::string key_exchange;  // KexAlgorithms
  std::string host_key;      // HostKeyAlgorithms
  std::string cipher;        // Ciphers
  std::string mac;           // MACs
  std::string signature;     // PubkeyAcceptedAlgorithms
};

// A server on the way to the server; verified by the same host key rules.
struct JumpHost {
  net::HostPort server;
  std::string user = "root";
  Credentials credentials;
};

struct Options {
  net::HostPort server{"localhost", 22};
  std::string user = "root";
  Credentials credentials;
  HostKeyOptions host_key;
  AlgorithmOptions algorithms;
  std::vector<JumpHost> jump_hosts;                   // in the order they are passed
  net::SocketOptions socket;                          // of the first TCP connection
  std::chrono::milliseconds connect_timeout{15'000};  // everything from DNS to the end of authentication
  KeepaliveOptions keepalive;
};

}  // namespace towline::ssh
