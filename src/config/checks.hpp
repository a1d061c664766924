// Rules about more than one variable, or about a variable and the file it names. Pure: facts in, findings
// out.
#pragma once

#include "config/file_facts.hpp"
#include "config/problem.hpp"
#include "ssh/options.hpp"

#include <optional>
#include <string>

namespace towline::config {

// SSH_KEY_FILE must be a file that we can read.
Findings check_key_file(const std::string& path, const FileFacts& facts);

// What SSH_KNOWN_HOSTS_FILE and SSH_STRICT_HOST_KEY_CHECKING say.
struct HostKeyWish {
  std::string path;
  bool path_written = false;  // by the user; otherwise it is our default
  std::optional<ssh::StrictHostKeyChecking> strict;
};

struct HostKeyChoice {
  ssh::HostKeyOptions options;
  Findings findings;
};

// A file means strict checking, /dev/null none, nothing accept-new; the explicit word wins where it can be
// kept.
HostKeyChoice choose_host_key_options(const HostKeyWish& wish, const FileFacts& facts);

// A server that is never declared dead is worth a warning.
Findings check_keepalive(const ssh::KeepaliveOptions& keepalive);

}  // namespace towline::config
