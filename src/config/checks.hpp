// Rules about more than one variable, or about a variable and the file it names. Pure: facts in, findings
// out.
#pragma once

#include "config/file_facts.hpp"
#include "config/problem.hpp"
#include "ssh/options.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace towline::config {

// `path`, which `variable` names, must be a regular file that we can read.
Findings check_file(std::string_view variable, const std::string& path, const InspectFile& inspect);

// What the variables about host keys say.
struct HostKeyWish {
  std::string path;
  bool path_written = false;  // by the user; otherwise it is our default
  std::optional<ssh::StrictHostKeyChecking> strict{};
  std::string known_hosts = {};                 // SSH_KNOWN_HOSTS
  std::vector<std::string> fingerprints = {};   // SSH_HOST_KEY_FINGERPRINT
  std::vector<std::string> further_files = {};  // of SSH_OPTIONS, beside the one of `path`
  std::string showable = {};                    // what showable_path() leaves of `path`
  std::string accepted_file = {};  // where keys accepted on first use could be kept; empty: nowhere
};

struct HostKeyChoice {
  ssh::HostKeyOptions options;
  Findings findings;
};

// Known keys or fingerprints mean strict checking, /dev/null none, nothing accept-new; the explicit word wins
// where it can be kept.
HostKeyChoice choose_host_key_options(const HostKeyWish& wish, const FileFacts& facts);

// The file for accepted host keys in the folder `path`; empty when it is not writable. Only a folder that the
// user named deserves a warning then.
std::string accepted_file_in(const std::string& path, bool path_written, const FileFacts& facts,
                             Findings& findings);

// A server that is never declared dead is worth a warning.
Findings check_keepalive(const ssh::KeepaliveOptions& keepalive);

}  // namespace towline::config
