#include "app/port_file.hpp"

#include "config/file_facts.hpp"
#include "config/path_text.hpp"
#include "observe/failure_fields.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace towline::app {

namespace {

constexpr mode_t readable_by_all = 0644;

Failure last_failure(const std::string& path) {
  return {boost::system::error_code(errno, boost::system::system_category()),
          config::showable_path(path, config::inspect_file)};
}

Result<> write_file(const std::string& path, std::string_view text, int flags) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | flags, readable_by_all);
  if (fd < 0) return last_failure(path);
  while (!text.empty()) {
    const auto n = ::write(fd, text.data(), text.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) {
      auto failure = last_failure(path);
      ::close(fd);
      return failure;
    }
    text.remove_prefix(static_cast<std::size_t>(n));
  }
  if (::close(fd) != 0) return last_failure(path);
  return {};
}

}  // namespace

PortFilePaths port_file_paths(const std::string& setting, const config::Env& env) {
  if (setting != "github") return {.file = setting, .github_output = {}, .github_env = {}};
  return {.file = {},
          .github_output = std::string(env.get("GITHUB_OUTPUT").value_or("")),
          .github_env = std::string(env.get("GITHUB_ENV").value_or(""))};
}

Result<> replace_file(const std::string& path, std::string_view text) {
  const std::string fresh = path + '.' + std::to_string(::getpid()) + ".new";
  auto written = write_file(fresh, text, O_TRUNC);
  if (written && ::rename(fresh.c_str(), path.c_str()) != 0) written = last_failure(path);
  if (!written) ::unlink(fresh.c_str());
  return written;
}

PortFile::PortFile(PortFilePaths paths, std::vector<std::string> forwards, const observe::Log& log)
    : paths_(std::move(paths)), forwards_(std::move(forwards)), log_(log) {
  if (!paths_.file.empty()) ::unlink(paths_.file.c_str());
}

PortFile::~PortFile() {
  if (!paths_.file.empty()) ::unlink(paths_.file.c_str());
}

void PortFile::learn(Port port) {
  const std::lock_guard lock(mutex_);
  if (std::ranges::find(ports_, port) != ports_.end()) return;
  ports_ = with_port(std::move(ports_), port, forwards_);
  write(port);
}

std::vector<Port> PortFile::ports() const {
  const std::lock_guard lock(mutex_);
  return ports_;
}

void PortFile::write(const Port& fresh) {
  if (!paths_.file.empty()) tell(replace_file(paths_.file, port_lines(ports_)));
  if (!paths_.github_output.empty())
    tell(write_file(paths_.github_output, github_output_lines({fresh}), O_APPEND));
  if (!paths_.github_env.empty()) tell(write_file(paths_.github_env, github_env_lines({fresh}), O_APPEND));
}

void PortFile::tell(const Result<>& written) {
  if (written) return;
  log_.write(observe::Level::warn, "port_file.failed", "the port file cannot be written",
             observe::FailureFields({}, written.error(),
                                    "TOWLINE_PORT_FILE must lie in a folder that this process may write to"));
}

}  // namespace towline::app
