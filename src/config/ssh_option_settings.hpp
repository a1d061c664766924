// The options of ssh_config(5) that towline honours, as values.
#pragma once

#include "config/parse.hpp"
#include "config/servers.hpp"
#include "forward/spec.hpp"
#include "net/options.hpp"
#include "observe/options.hpp"
#include "ssh/options.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

namespace towline::config {

struct SshOptionForward {
  forward::ForwardSpec spec;      // without a name
  bool names_an_address = false;  // to listen on; else GatewayPorts decides
};

// Nothing, or empty, where an option was not given. As in ssh the first value of an option stands, and lists
// grow.
struct SshOptionSettings {
  std::optional<std::string> host_name;
  std::optional<std::string> host_key_alias;
  std::optional<std::vector<ServerWords>> jump_hosts;
  std::optional<std::chrono::seconds> connect_timeout;
  std::optional<net::AddressFamily> family;
  std::optional<std::string> bind_address;
  std::optional<std::string> bind_interface;
  std::optional<bool> tcp_keepalive;

  std::vector<std::string> identity_files;
  std::vector<std::string> certificate_files;
  std::optional<std::string> identity_agent;  // a path, or "" for none
  std::optional<bool> identities_only;
  std::optional<bool> publickey;
  std::optional<bool> password;
  std::optional<bool> keyboard_interactive;
  std::optional<std::vector<std::string>> preferred_authentications;

  std::optional<std::vector<std::string>> user_known_hosts_files;  // empty: "none"
  std::vector<std::string> global_known_hosts_files;
  ssh::AlgorithmOptions algorithms;
  std::vector<std::string> unavailable_algorithms;  // asked for beside others that we have

  std::vector<SshOptionForward> forwards;
  std::optional<bool> gateway_ports;
  std::optional<bool> stream_local_bind_unlink;
  std::optional<mode_t> stream_local_bind_mask;

  std::optional<observe::Level> log_level;
  int verbose = 0;  // how many -v
};

// Whether there is a setting, or a check, for this option.
bool is_readable_ssh_option(std::string_view name);

// Adds what option `name` (any case) says with `value`; the options that a variable outranks are only
// checked. An unreadable value is a complaint.
std::optional<Complaint> read_ssh_option(std::string_view name, std::string_view value,
                                         SshOptionSettings& settings);

}  // namespace towline::config
