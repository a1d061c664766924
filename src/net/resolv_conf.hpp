// resolv.conf(5): whom to ask for names, how long to wait, and where an unqualified name is looked for.
#pragma once

#include "async/result.hpp"
#include "net/host_port.hpp"

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace towline::net {

struct ResolvConf {
  std::vector<HostPort> servers{};    // three at most (MAXNS); 127.0.0.1 where none is named
  std::vector<std::string> search{};  // without dots at the end; "" is the root
  int ndots = 1;                      // a name with fewer dots is looked for in `search` first
  // How long a silent server is waited for before the next is asked. Without the option 2 s, where the C
  // library takes 5 s, a third of SSH_CONNECT_TIMEOUT.
  std::chrono::milliseconds timeout{2'000};
  int attempts = 3;             // rounds over the servers
  bool rotate = false;          // each look-up begins with another server
  bool no_aaaa = false;         // ask for IPv4 only
  bool single_request = false;  // ask for one family after the other (single-request-reopen as well)
  bool use_vc = false;          // TCP

  bool operator==(const ResolvConf&) const = default;
};

// What overrides the file, as in the C library; empty: nothing.
struct ResolvVariables {
  std::string local_domain{};  // LOCALDOMAIN, instead of `search`
  std::string options{};       // RES_OPTIONS, after the file's own
  std::string host_name{};     // the domain of it is searched where nothing else says what is
};

// Unknown lines and options are skipped, numbers are held within the C library's limits.
ResolvConf parse_resolv_conf(std::string_view text, const ResolvVariables& variables = {});

// The file at `path` with this process's variables; one that is not there or may not be read is an empty one.
// Errors: the system's where is_resource_shortage().
Result<ResolvConf> read_resolv_conf(const std::string& path);

// The full names that `host` may stand for, in the order in which they are to be asked for.
std::vector<std::string> names_to_ask(std::string_view host, const ResolvConf& conf);

}  // namespace towline::net
