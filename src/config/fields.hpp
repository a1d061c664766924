// THE table: one row for each variable. Loading, help, the effective configuration and the README all come
// from it.
#pragma once

#include "config/config.hpp"
#include "config/mode.hpp"
#include "config/parse.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace towline::config {

enum class Section { server, host_key, forward, session, operation };

// "The SSH server": the heading of a section in help and README.
std::string_view title(Section section);

// The configuration while it is read: rows fill it, load() makes a Config of it once all rows have been read.
struct Draft {
  Config config;
  forward::ForwardSpec main;  // built from SSH_MODE and its kin
  ModeWords mode;
  std::string key_file = "/id_rsa";
  std::string known_hosts_file;
  std::optional<ssh::StrictHostKeyChecking> strict_host_key_checking;
  std::optional<std::string> strict_host_ip_check;
  bool strict_env = false;
};

// Parses `text` into its member of `draft`, or says what is wrong.
using Apply = std::optional<Complaint> (*)(std::string_view text, Draft& draft);

struct Field {
  std::string_view name;
  std::string_view default_text;  // read by the same parser as a value; empty: the member stays as it is
  Section section;
  std::string_view help;  // one plain sentence or two, wrapped where it is printed
  Apply apply;
  bool secret = false;          // never shown, not in a problem either; blank space around it belongs to it
  std::string_view alias = {};  // an older name that is still read, with a warning
};

// In the order of help, rows of one section next to each other.
std::span<const Field> fields();

constexpr Words<ssh::StrictHostKeyChecking, 3> strict_host_key_checking_words{{
    {"yes", ssh::StrictHostKeyChecking::yes},
    {"accept-new", ssh::StrictHostKeyChecking::accept_new},
    {"no", ssh::StrictHostKeyChecking::no},
}};

}  // namespace towline::config
