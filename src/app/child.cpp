#include "app/child.hpp"

#include "app/systemd.hpp"
#include "async/start_thread.hpp"
#include "config/names.hpp"
#include "exit_code.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <dirent.h>
#include <fcntl.h>
#include <memory>
#include <optional>
#include <signal.h>
#include <spawn.h>
#include <string_view>
#include <sys/wait.h>
#include <unistd.h>

namespace towline::app {

namespace {

std::vector<int> open_descriptors() {
  std::vector<int> numbers{STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO};
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(::opendir("/proc/self/fd"), ::closedir);
  if (!folder) return numbers;
  while (const auto* entry = ::readdir(folder.get())) {
    const std::string_view name = entry->d_name;
    int number = -1;
    std::from_chars(name.data(), name.data() + name.size(), number);
    if (number > STDERR_FILENO && number != ::dirfd(folder.get())) numbers.push_back(number);
  }
  std::ranges::sort(numbers);
  return numbers;
}

// posix_spawn's two records, freed with this.
struct SpawnPlan {
  posix_spawn_file_actions_t files{};
  posix_spawnattr_t attributes{};

  explicit SpawnPlan(int last_descriptor) {
    sigset_t none;
    sigset_t all;
    ::sigemptyset(&none);
    ::sigfillset(&all);
    ::posix_spawn_file_actions_init(&files);
    ::posix_spawn_file_actions_addclosefrom_np(&files, last_descriptor + 1);
    ::posix_spawnattr_init(&attributes);
    ::posix_spawnattr_setsigmask(&attributes, &none);
    ::posix_spawnattr_setsigdefault(&attributes, &all);
    ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  ~SpawnPlan() {
    ::posix_spawn_file_actions_destroy(&files);
    ::posix_spawnattr_destroy(&attributes);
  }
  SpawnPlan(const SpawnPlan&) = delete;
  SpawnPlan& operator=(const SpawnPlan&) = delete;
};

// The limit that a program is given is ours at the moment of its start. It is so low for no longer: a
// descriptor that a thread cannot open meanwhile is a connection that waits a little, or is refused.
class LoweredLimit {
 public:
  explicit LoweredLimit(const rlimit& lowered) {
    ::getrlimit(RLIMIT_NOFILE, &ours_);
    const rlimit soft{.rlim_cur = lowered.rlim_cur, .rlim_max = ours_.rlim_max};
    ::setrlimit(RLIMIT_NOFILE, &soft);
  }
  ~LoweredLimit() { ::setrlimit(RLIMIT_NOFILE, &ours_); }
  LoweredLimit(const LoweredLimit&) = delete;
  LoweredLimit& operator=(const LoweredLimit&) = delete;

 private:
  rlimit ours_{};
};

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> all;
  for (auto& text : texts) all.push_back(text.data());
  all.push_back(nullptr);
  return all;
}

}  // namespace

std::vector<std::string> environment_for_program(std::vector<std::string> variables,
                                                 const std::vector<Port>& ports) {
  // With NotifyAccess=main, the default, systemd would ignore it anyway.
  std::erase_if(variables, [](const std::string& variable) {
    return is_for_main_process(std::string_view(variable).substr(0, variable.find('=')));
  });
  for (const auto& port : ports) {
    const auto name = port_variable(port.forward) + '=';
    std::erase_if(variables, [&](const std::string& old) { return old.starts_with(name); });
    variables.push_back(name + std::to_string(port.number));
  }
  return variables;
}

std::vector<std::string> with_ssh_config(std::vector<std::string> variables, const std::string& path) {
  const auto value_of = [&](std::string_view name) -> std::optional<std::string> {
    const auto found = std::ranges::find_if(variables, [&](std::string_view variable) {
      return variable.starts_with(name) && variable.substr(name.size()).starts_with('=');
    });
    if (found == variables.end()) return std::nullopt;
    return found->substr(name.size() + 1);
  };
  const auto set = [&](const std::string& name, const std::string& value) {
    std::erase_if(variables, [&](const std::string& old) { return old.starts_with(name + '='); });
    variables.push_back(name + '=' + value);
  };
  const std::string ssh = "ssh -F ";
  const auto outer = value_of(config::ssh_config_variable);
  for (const auto* name : {"GIT_SSH_COMMAND", "RSYNC_RSH"}) {
    const auto users = value_of(name);
    if (!users || (outer && *users == ssh + *outer)) set(name, ssh + path);
  }
  set(std::string(config::ssh_config_variable), path);
  return variables;
}

InheritedDescriptors InheritedDescriptors::look() {
  InheritedDescriptors inherited;
  inherited.numbers_ = open_descriptors();
  ::getrlimit(RLIMIT_NOFILE, &inherited.limit_);
  return inherited;
}

void InheritedDescriptors::close_others_on_exec() const {
  for (int number = 0; number < last(); ++number) {
    if (std::ranges::binary_search(numbers_, number)) continue;
    if (const int flags = ::fcntl(number, F_GETFD); flags >= 0) ::fcntl(number, F_SETFD, flags | FD_CLOEXEC);
  }
}

boost::system::result<pid_t> start_program(std::vector<std::string> argv, std::vector<std::string> variables,
                                           const InheritedDescriptors& inherited) {
  const SpawnPlan plan(inherited.last());
  inherited.close_others_on_exec();
  const LoweredLimit lowered(inherited.limit());
  pid_t pid = -1;
  const int failure = ::posix_spawnp(&pid, argv.front().c_str(), &plan.files, &plan.attributes,
                                     pointers(argv).data(), pointers(variables).data());
  if (failure != 0) return boost::system::error_code(failure, boost::system::system_category());
  return pid;
}

int exit_status_of(const boost::system::error_code& start_failure) {
  if (start_failure == no_thread) return static_cast<int>(ExitCode::run_failed);
  const bool missing = start_failure == boost::system::errc::no_such_file_or_directory;
  return static_cast<int>(missing ? ExitCode::not_found : ExitCode::not_executable);
}

int exit_status_of(int wait_status) {
  if (WIFSIGNALED(wait_status)) return static_cast<int>(ExitCode::signalled) + WTERMSIG(wait_status);
  return WEXITSTATUS(wait_status);
}

}  // namespace towline::app
