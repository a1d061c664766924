// Which host keys are accepted.
#pragma once

#include <string>
#include <vector>

namespace towline::ssh {

enum class StrictHostKeyChecking { yes, accept_new, no };

struct HostKeyOptions {
  std::vector<std::string> known_hosts_files;  // read anew for every session; all of them count
  std::string known_hosts_text{};              // in known_hosts form, beside the files
  std::vector<std::string> fingerprints;       // "SHA256:…": one of them is enough
  std::string accepted_file;  // keys accepted on first use are kept here too; empty: for this process only
  std::string alias;          // HostKeyAlias: looked up instead of the server's name; empty: none
  StrictHostKeyChecking strict = StrictHostKeyChecking::accept_new;
};

}  // namespace towline::ssh
