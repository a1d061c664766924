// The program that `towline run` starts.
#pragma once

#include "app/ports.hpp"

#include <boost/system/result.hpp>

#include <cstddef>
#include <string>
#include <sys/resource.h>
#include <sys/types.h>
#include <vector>

namespace towline::app {

// The descriptors that this process was started with, and its limit of them: the program is given both, and
// nothing of ours. Look before anything is opened or raised.
class InheritedDescriptors {
 public:
  static InheritedDescriptors look();

  int last() const { return numbers_.back(); }
  std::size_t count() const { return numbers_.size(); }
  const rlimit& limit() const { return limit_; }

  // Marks what is ours below last() as closed on exec; what is above is the spawn's business.
  void close_others_on_exec() const;

 private:
  std::vector<int> numbers_;  // sorted; 0, 1 and 2 always
  rlimit limit_{};            // RLIMIT_NOFILE
};

// Our "name=value" strings with each port as TUNNEL_PORT_<NAME>, which replaces one of that name, and without
// what systemd wants of a service's main process. Pure.
std::vector<std::string> environment_for_program(std::vector<std::string> variables,
                                                 const std::vector<Port>& ports);

// The same with what leads git, rsync, and whoever reads TOWLINE_SSH_CONFIG to the -S that the file in `path`
// is about. What the user has set for git and rsync stays as it is, unless it is what an outer `run` has set.
// Pure.
std::vector<std::string> with_ssh_config(std::vector<std::string> variables, const std::string& path);

// argv[0] is looked for in PATH. The program has `variables` ("name=value"), an empty signal mask and no
// signal ignored or handled. Errors: the system's (ENOENT, EACCES, …).
boost::system::result<pid_t> start_program(std::vector<std::string> argv, std::vector<std::string> variables,
                                           const InheritedDescriptors& inherited);

// 127 where there is no such program, 126 where it cannot be executed. Pure.
int exit_status_of(const boost::system::error_code& start_failure);

// From wait(2): the program's own status, 128+n when signal n ended it. Pure.
int exit_status_of(int wait_status);

}  // namespace towline::app
