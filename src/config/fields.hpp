// THE table: one row for each variable. Loading, help, the effective configuration and docs/configuration.md
// all come from it.
#pragma once

#include "config/config.hpp"
#include "config/forward_spec.hpp"
#include "config/forwards.hpp"
#include "config/parse.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace towline::config {

enum class Section {
  server,
  authentication,
  host_key,
  forward,
  forwards,
  publish,
  endpoint,
  expose,
  session,
  operation
};

// "The SSH server": the heading of a section in help and documents.
std::string_view title(Section section);

// What TOWLINE_AUTH names.
struct LoginMethods {
  bool publickey = false;
  bool password = false;
  bool none = false;

  bool operator==(const LoginMethods&) const = default;
};

// The configuration while it is read: rows fill it, settle() completes the Config once all rows have been
// read.
struct Draft {
  Config config;

  std::vector<ServerWords> servers;
  std::uint16_t server_port = 22;  // of those that name none
  std::vector<ServerWords> jump_hosts;
  std::vector<std::string> jump_key_files;

  std::string ssh_options;  // the text of SSH_OPTIONS; what it says beside the rest of the draft:
  std::vector<std::string> certificate_files;
  std::vector<std::string> user_known_hosts_files;
  std::vector<std::string> unavailable_algorithms;  // asked for beside others that we have
  bool gateway_ports = false;
  int verbose = 0;  // how many -v

  std::string key_file = "/id_rsa";
  std::shared_ptr<const text::Secret> key;

  std::string known_hosts_file;
  std::optional<ssh::StrictHostKeyChecking> strict_host_key_checking;
  std::optional<std::string> strict_host_ip_check;
  std::string state_dir;
  bool host_keys_settled = false;  // no variable about them was refused

  std::chrono::seconds probe_interval{};
  forward::ForwardSpec main;  // built from SSH_MODE and its kin; what it allows holds for all forwards
  std::optional<net::HostPort> address_to_listen_on;    // all of it in SSH_TUNNEL_PORT
  std::optional<net::HostPort> address_in_target_host;  // a port in SSH_TARGET_HOST
  std::optional<net::HostPort> address_in_target_port;  // a host in SSH_TARGET_PORT
  ModeWords mode;
  ForwardLines forwards;
  std::string bind_text;  // SSH_BIND_IP and SSH_FORWARDS as they were written, for SSH_PUBLISH
  std::string forwards_text;
  bool expects_any = false;  // SSH_PUBLISH_EXPECT names no forward

  std::shared_ptr<const text::Secret> host_key;  // of -S
  std::vector<std::string> host_key_files;
  std::shared_ptr<const text::Secret> host_certificate;
  std::vector<std::string> host_certificate_files;
  std::optional<LoginMethods> login_methods;
  std::shared_ptr<const text::Secret> login_token;  // and the rest of what asks config.endpoint.login_url
  std::string login_token_file;
  std::string login_authorities_file;

  std::optional<std::chrono::seconds> autossh_poll;
  std::optional<observe::Level> autossh_loglevel;
  bool autossh_debug = false;
  bool strict_env = false;
};

// Parses `text` into its member of `draft`, or says what is wrong.
using Apply = std::optional<Complaint> (*)(std::string_view text, Draft& draft);

// What a value is: something to read and to show, a path to what is read, or what nobody may see.
enum class Holds {
  value,
  path,
  secret,       // a password: never shown, not in a problem either; blank space around it belongs to it
  private_key,  // likewise
  public_keys,  // harmless, but what else may stand in their place is not: never shown either
  words,        // for people, with whatever characters they are adorned; as public keys
};

struct Field {
  std::string_view name;
  std::string_view default_text;  // read by the same parser as a value; empty: the member stays as it is
  Section section;
  std::string_view help;  // one plain sentence or two, wrapped where it is printed
  Apply apply;
  Holds holds = Holds::value;
  std::string_view alias = {};  // an older name that is still read, with a warning
  std::string_view file_of =
      {};  // the row whose content stands in the file this one names; only one may be set
};

// Of whom no part is ever shown.
constexpr bool is_secret(const Field& field) {
  return field.holds == Holds::secret || field.holds == Holds::private_key;
}

// In the order of help, rows of one section next to each other.
std::span<const Field> fields();

// Its parts, in that order.
std::span<const Field> server_fields();
std::span<const Field> forward_fields();
std::span<const Field> publish_fields();
std::span<const Field> endpoint_fields();
std::span<const Field> expose_fields();
std::span<const Field> operation_fields();

// The variables that hold secrets, older names included.
std::vector<std::string_view> secret_names();

constexpr Words<ssh::StrictHostKeyChecking, 3> strict_host_key_checking_words{{
    {"yes", ssh::StrictHostKeyChecking::yes},
    {"accept-new", ssh::StrictHostKeyChecking::accept_new},
    {"no", ssh::StrictHostKeyChecking::no},
}};

}  // namespace towline::config
